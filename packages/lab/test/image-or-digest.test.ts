/** A guest of an image and the same guest of the image's digest behave alike, to the last count. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { writeDigest } from '@overbook/formats';
import { digestImage } from '@overbook/images';
import { afterAll, expect, test } from 'vitest';

import { DatasetShelf } from '../src/experiment/datasets.ts';
import { planExperiment } from '../src/experiment/experiment.ts';
import { runExperiment } from '../src/experiment/run-experiment.ts';
import { resultsOf } from '../src/results/results.ts';
import { parseScenario } from '../src/scenario/read-scenario.ts';
import { smallText } from './small-scenario.ts';

const folder = mkdtempSync(join(tmpdir(), 'overbook-lab-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('simulating from an image or from its digest gives the same results', async () => {
  const results = async (text: string): Promise<unknown> => {
    const experiment = await planExperiment(parseScenario('small.yaml', text));
    const { hashes, ...rest } = resultsOf(experiment, await runExperiment(experiment));
    expect(Object.keys(hashes.datasets).length).toBe(1);
    // What a result says of its file is the file's name; all else is the same.
    return JSON.parse(JSON.stringify(rest).replaceAll(/images\/mini\.(?:ovd|raw\.gz)/g, 'MINI')) as unknown;
  };
  const fromDigest = await results(smallText());
  const fromImage = await results(smallText().replaceAll('images/mini.ovd', 'images/mini.raw.gz'));
  expect(fromImage).toEqual(fromDigest);
});

/** LiME version 1: ranges of pages, each filled with its number. */
function limeFile(ranges: readonly (readonly [first: number, count: number])[]): Buffer {
  return Buffer.concat(
    ranges.flatMap(([first, count]) => {
      const header = Buffer.alloc(32);
      header.writeUInt32LE(0x4c694d45, 0);
      header.writeUInt32LE(1, 4);
      header.writeBigUInt64LE(BigInt(first) * 4096n, 8);
      header.writeBigUInt64LE(BigInt(first + count) * 4096n - 1n, 16);
      const pages = Array.from({ length: count }, (_, page) => Buffer.alloc(4096, `page ${first + page} `));
      return [header, ...pages];
    }),
  );
}

test('pages that an image does not hold are each guest’s own, of the image as of its digest', async () => {
  writeFileSync(
    join(folder, 'holes.lime'),
    limeFile([
      [0, 4],
      [8, 2],
    ]),
  );
  writeDigest(join(folder, 'holes.ovd'), await digestImage(join(folder, 'holes.lime')));
  const shelf = new DatasetShelf({ datasets: folder });
  const keysOf = async (file: string, guest: string): Promise<string[]> => {
    const { keyLo, keyHi } = await shelf.contents(file, guest);
    return Array.from(keyLo, (low, page) => `${keyHi[page]!.toString(16)} ${low.toString(16)}`);
  };
  const one = await keysOf('holes.lime', 'one');
  const two = await keysOf('holes.lime', 'two');
  expect(one.map((key, page) => key === two[page])).toEqual(
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((page) => page < 4 || page > 7),
  );
  expect(new Set([...one, ...two]).size).toBe(6 + 2 * 4);
  expect(await keysOf('holes.ovd', 'one')).toEqual(one);
});
