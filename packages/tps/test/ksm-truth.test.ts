/**
 * What a real kernel made of five real memory images, against what the running trees make of the same bytes.
 * Needs the captured images, which are too large to ship: OVERBOOK_DATA names their folder.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

import { hostOfImages, scanToRest } from './guests-of-images.ts';
import { unpackImages } from './images.ts';

interface Truth {
  readonly set: string;
  readonly pages: number;
  readonly max_page_sharing: number;
  readonly use_zero_pages: 0 | 1;
  readonly [counter: string]: number | string;
}

const folder = join(process.env['OVERBOOK_DATA'] ?? 'nowhere', 'images');
const file = join(folder, 'ksm-truth.jsonl');

describe.skipIf(!existsSync(file))('KSM at rest on real images', () => {
  const truths = existsSync(file)
    ? readFileSync(file, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Truth)
    : [];
  const names = ['idle-a', 'idle-b', 'sqlite', 'redis', 'deb11-idle'];
  let unpacked: ReturnType<typeof unpackImages> | undefined;

  test('there are three sets in three settings', () => {
    expect(truths.length).toBe(9);
    expect(new Set(truths.map(({ set }) => set)).size).toBe(3);
  });

  for (const truth of truths) {
    const { set, max_page_sharing, use_zero_pages } = truth;
    const images = set.split(' ').map((name) => name.replace('.raw', ''));
    for (const store of ['keys', 'bytes'] as const) {
      const setting = `max_page_sharing ${max_page_sharing}, use_zero_pages ${use_zero_pages}`;
      test(`${images.join(' ')}: the kernel's counts, ${setting}, ${store}`, { timeout: 60_000 }, () => {
        unpacked ??= unpackImages(folder, 'debian', names);
        const { table } = unpacked;
        const host = hostOfImages({
          table,
          images: images.map((name) => unpacked!.images[name]!),
          store,
          options: {
            mode: 'ksm',
            smart_scan: false,
            max_page_sharing,
            use_zero_pages: use_zero_pages === 1,
            pages_to_scan: 200_000,
          },
        });
        const counters = scanToRest(host);
        const told = [
          'pages_shared',
          'pages_sharing',
          'pages_unshared',
          'pages_volatile',
          'ksm_zero_pages',
          'stable_node_chains',
          'stable_node_dups',
          'general_profit',
        ];
        expect(told.map((name) => [name, counters[name]])).toEqual(told.map((name) => [name, truth[name]]));
        host.verify();
        host.dispose();
      });
    }
  }
});
