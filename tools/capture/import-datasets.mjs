#!/usr/bin/env node
// import-datasets.mjs CAPTURED - writes datasets/ from captured data: recordings (CAPTURED/recordings/NAME.{json,obt.br,
// time.br,snaps.br}), page traces (CAPTURED/traces/NAME.obt.br) and the small image (CAPTURED/images/formats/mini.raw.gz).
// Uses the built packages (npm run build). Same input, same Node: same bytes. Then run common-contents.mjs.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeDigest } from '@overbook/formats';
import { digestImage } from '@overbook/images';
import { importRecording, importTrace, writeRecording, writeTrace } from '@overbook/traces';
import { writeSums } from './write-sums.mjs';

const RECORDINGS = ['idle-b', 'sqlite', 'redis', 'python', 'compile', 'files', 'balloon'];
const TRACES = ['cc1', 'sort', 'python-dict', 'sqlite'];
const out = new URL('../../datasets', import.meta.url).pathname;
const captured = process.argv[2];
if (captured === undefined) {
  process.stderr.write('usage: import-datasets.mjs CAPTURED\n');
  process.exit(2);
}

for (const folder of ['recordings', 'traces', 'images', 'policies'])
  mkdirSync(join(out, folder), { recursive: true });
for (const name of RECORDINGS) {
  const recording = importRecording(join(captured, 'recordings'), name);
  writeRecording(join(out, 'recordings', `${name}.ovr`), recording, { quality: 11 });
}
for (const name of TRACES) {
  const trace = importTrace(join(captured, 'traces', `${name}.obt.br`));
  writeTrace(join(out, 'traces', `${name}.ovt`), trace, { quality: 11 });
}
const image = join(out, 'images', 'mini.raw.gz');
writeFileSync(image, readFileSync(join(captured, 'images/formats/mini.raw.gz')));
writeDigest(join(out, 'images', 'mini.ovd'), await digestImage(image), { quality: 11 });
writeFileSync(
  join(out, 'policies/page-replacement-misses.json'),
  readFileSync(join(captured, 'policies/page-replacement-misses.json')),
);

writeSums(out);
