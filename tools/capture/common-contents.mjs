#!/usr/bin/env node
// common-contents.mjs - writes datasets/recordings/common.ovd: the contents that two shipped recordings have that were made
// by different work, or by the same work with different data. Copies of a guest share these (docs/model/page-sharing.md).
// Run it after the recordings changed. Uses the built packages (npm run build). Same recordings, same Node: same bytes.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FILL_OTHER, toPages } from '@overbook/core';
import { writeDigest } from '@overbook/formats';
import { readRecording } from '@overbook/traces';
import { sha256, writeSums } from './write-sums.mjs';

const datasets = fileURLToPath(new URL('../../datasets', import.meta.url));
const folder = join(datasets, 'recordings');
const files = readdirSync(folder)
  .filter((name) => name.endsWith('.ovr'))
  .sort();

/** By key: the work and data of the first recording that has it, how long it is compressed, and whether a second has it. */
const contents = new Map();
for (const file of files) {
  const { contentKey, origin, snapshots, steady } = readRecording(join(folder, file));
  if (contentKey !== 'sha256-64') throw new Error(`${file} has keys of ${contentKey}`);
  const made = `${origin.work} ${origin.seed}`;
  for (const { keyLo, keyHi, compressedBytes, fill } of [...snapshots, ...(steady ? [steady] : [])])
    for (const [row, low] of keyLo.entries()) {
      if (fill[row] !== FILL_OTHER) continue;
      const key = BigInt(keyHi[row] ?? 0) * 2n ** 32n + BigInt(low);
      const known = contents.get(key);
      if (known === undefined) contents.set(key, { made, bytes: compressedBytes[row], common: false });
      else if (known.made !== made) known.common = true;
    }
}

const common = [...contents].filter(([, { common }]) => common).sort(([a], [b]) => (a < b ? -1 : 1));
const digest = {
  name: 'common',
  pages: toPages(common.length),
  contentKey: 'sha256-64',
  codec: 'liblz4-1.9.4',
  // What it was made of stands where an image has its own hash.
  imageSha256: sha256(files.map((file) => `${sha256(readFileSync(join(folder, file)))}  ${file}\n`).join('')),
  keyLo: Uint32Array.from(common, ([key]) => Number(key % 2n ** 32n)),
  keyHi: Uint32Array.from(common, ([key]) => Number(key / 2n ** 32n)),
  compressedBytes: Uint16Array.from(common, ([, { bytes }]) => bytes),
  fill: new Uint8Array(common.length).fill(FILL_OTHER),
  role: new Uint8Array(common.length),
};
writeDigest(join(folder, 'common.ovd'), digest, { quality: 11 });
writeSums(datasets);
process.stdout.write(
  `${common.length} of ${contents.size} contents of ${files.length} recordings are common\n`,
);
