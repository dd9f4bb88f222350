/** The whole screen of `overbook top` as lines: status, host, VMs, and what a key brought up in their place. */
import { percent } from '@overbook/lab/words';

import { FIELD_GROUPS } from '../render/memory-fields.ts';
import type { Line, Look, Size } from '../render/memory-screen.ts';
import { SORTS, cut, hostLines, scrolledTable } from '../render/memory-screen.ts';
import type { TopState } from './top-store.ts';

function line(text: string, look: Look = 'plain'): Line {
  return [{ text, look }];
}

function seconds(ms: number): string {
  return `${ms / 1000} s`;
}

/** Virtual time against wall time, in words. */
function speedOf({ speedPercent }: TopState): string {
  return speedPercent === 0 ? 'full speed' : `${speedPercent / 100}x`;
}

function statusLine(state: TopState): Line {
  const { sample, title, done, paused, periodMs } = state;
  const now = sample === undefined ? '0.0' : (sample.counters.time / 1e9).toFixed(1);
  return [
    { text: `${now} s`.padStart(9), look: 'label' },
    { text: `  ${percent(done)}  `, look: 'plain' },
    paused
      ? { text: 'PAUSED', look: 'heading' }
      : { text: `every ${seconds(periodMs)}, ${speedOf(state)}`, look: 'plain' },
    { text: `  ${title}`, look: 'plain' },
  ];
}

const KEYS = 'f fields  s interval  MBCKN sort  space pause  +- speed  arrows  h help  q quit';

/** What `h` shows. Keys of esxtop's memory screen keep their meaning, but for space. */
const HELP: readonly string[] = [
  'Keys (f s M B N h q as in esxtop)',
  '',
  '  f        choose groups of columns',
  '  s        set the interval between samples, in seconds of virtual time',
  ...Object.entries(SORTS).map(([key, { what }]) => `  ${key}        sort by ${what}`),
  '  space    pause and go on',
  '  + -      virtual time faster, slower against wall time',
  '  arrows   scroll columns and VMs',
  '  q        quit; Ctrl-C too',
  '',
  'Amounts are in MiB, rates in MiB per second; - means that the host does not know.',
  'Any key goes back.',
];

function fieldLines({ view }: TopState): readonly Line[] {
  return [
    line('Groups of columns: press a letter to switch one on or off, any other key to go back', 'label'),
    line(''),
    ...FIELD_GROUPS.map(({ key, title, counters }) =>
      line(
        `${view.fields.has(key) ? '*' : ' '} ${key.toUpperCase()}  ${title.padEnd(10)} ` +
          (counters.length === 0 ? 'counters of the strategies' : counters.join(' ')),
      ),
    ),
  ];
}

/** The screen; never more lines than rows, nor longer ones than columns. */
export function topLines(state: TopState, size: Size): readonly Line[] {
  const { mode, sample, typed } = state;
  const top = statusLine(state);
  const fitted = (lines: readonly Line[]): readonly Line[] =>
    lines.slice(0, size.rows).map((one) => cut(one, size.columns));
  if (mode === 'help') return fitted([top, line(''), ...HELP.map((text) => line(text))]);
  if (mode === 'fields') return fitted([top, line(''), ...fieldLines(state)]);
  if (sample === undefined) {
    const what = state.isPlanned
      ? 'waiting for the first sample: the guests start'
      : 'reading the scenario and what its guests replay';
    return fitted([top, line(''), line(what), line(''), line(KEYS, 'dim')]);
  }
  const host = hostLines(sample);
  const above = 1 + host.length + 1;
  const room = size.rows - above - 1;
  const { lines, hidden } = scrolledTable(sample, state.view, { columns: size.columns, rows: room });
  const asked =
    mode === 'interval'
      ? line(`Seconds of virtual time between samples (now ${seconds(state.periodMs)}): ${typed}_`, 'label')
      : line(hidden, 'dim');
  const filler = Array.from({ length: Math.max(0, room - lines.length) }, () => line(''));
  return fitted([top, ...host, asked, ...lines, ...filler, line(KEYS, 'dim')]);
}
