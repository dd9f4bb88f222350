import { readRecording } from '@overbook/traces';

import type { Experiment, Row } from '../experiment.ts';
import { atLeast, atMost, explained } from '../tolerance.ts';
import type { Snapshots } from './snapshot-host.ts';
import { SHARE_BETWEEN, SHARE_WITHIN, SnapshotHost, snapshotNamed } from './snapshot-host.ts';

const RECORDINGS = ['idle-b', 'sqlite', 'redis', 'python', 'compile', 'files'];

const ONE_DISK =
  'all guests that are shipped booted one disk image with one kernel (Debian 12), so that they have files and ' +
  'kernel in common; the machines of the paper had a system each. No recordings of different releases are ' +
  'shipped. Images of Debian 11 and 12 are inside both bounds: 11.1 % shared, 94 % of it within one machine';

/** The experiment over guests whose last moment is called `end`. */
export function barkerSharingOf(
  names: readonly string[],
  load: (datasets: string) => readonly Snapshots[],
): Experiment {
  return {
    id: 'barker-2012-sharing',
    grade: 'ordering',
    title: 'Sharing without zero pages, and how much of it is within one machine',
    source:
      'Barker, Wood, Shenoy, Sitaraman, An Empirical Study of Memory Sharing in Virtual Machines, ATC 2012',
    about:
      'Real guests stay as they were at the end of their work; page sharing scans them fully, once within each ' +
      'VM only and once between all. What it saves at contents other than zero is compared with the memory of ' +
      'the VMs.',
    calibrated: [],
    chosen: [`guests ${names.join(', ')}, as their memory was at the end`],
    gaps: [
      'only the abstract was available: bounds, no table',
      'all guests here booted one disk image and kernel, with a small init; the machines of the paper were in ' +
        'daily use, each with a system of its own, so that they had less in common',
      'images of two releases of one distribution share 11.1 % of their memory, 94 % of it within one machine; two ' +
        'boots of one disk 22.3 %, 48 % of it within (test/barker-images.test.ts, captured images not shipped)',
      'whole pages of 4 KB are compared',
    ],
    run: ({ datasets, mechanisms, progress }) => {
      const recordings = load(datasets);
      const all = recordings.reduce((sum, { pages }) => sum + pages, 0);
      const within = new SnapshotHost(recordings, SHARE_WITHIN, mechanisms);
      within.standAt((recording) => snapshotNamed(recording, 'end'));
      progress(0.5);
      const between = new SnapshotHost(recordings, SHARE_BETWEEN, mechanisms);
      between.standAt((recording) => snapshotNamed(recording, 'end'));
      const own = within.seen().map(({ savedElsewhere }) => savedElsewhere);
      const total = sum(between.seen().map(({ savedElsewhere }) => savedElsewhere));
      const rows: readonly Row[] = [
        ...recordings.map(({ name, pages }, vm) =>
          atMost(15, {
            quantity: `shared within ${name}, without zero pages [% of its memory]`,
            published: 'below 15',
            measured: (100 * own[vm]!) / pages,
            grade: 'ordering',
          }),
        ),
        explained(
          ONE_DISK,
          atMost(15, {
            quantity: 'shared between all, without zero pages [% of their memory]',
            published: 'below 15',
            measured: (100 * total) / all,
            grade: 'ordering',
          }),
        ),
        explained(
          ONE_DISK,
          atLeast(50, {
            quantity: 'part of it within one machine [%]',
            published: 'about 90',
            measured: (100 * sum(own)) / total,
            grade: 'ordering',
          }),
        ),
      ];
      within.dispose();
      between.dispose();
      return { rows, figures: [] };
    },
  };
}

export const barker2012Sharing = barkerSharingOf(RECORDINGS, (datasets) =>
  RECORDINGS.map((name) => readRecording(`${datasets}/recordings/${name}.ovr`)),
);

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}
