/**
 * Growth with the number of VMs: one recorded guest, then 4, 16 and 64 of them on a host that grows with them, with
 * the classic mix. Also the speed of the recorded guest itself, in page touches a second.
 */
import { toPages } from '@overbook/core';
import { balloon } from '@overbook/balloon';
import { compression } from '@overbook/compression';
import { hostswap } from '@overbook/hostswap';
import { runSimulation } from '@overbook/sim';
import { readRecording } from '@overbook/traces';
import { tps } from '@overbook/tps';

import { datasetPath } from './dataset-path.ts';

const recording = readRecording(datasetPath('recordings/sqlite.ovr'));
const PART_OF_SIZE = 0.7;

function run(count: number): { readonly seconds: number; readonly touches: number } {
  const start = process.hrtime.bigint();
  const { touches } = runSimulation({
    name: `growth-${count}`,
    host: {
      memory: toPages(Math.floor(recording.pages * PART_OF_SIZE) * count),
      memoryStates: 'esx-5.x',
    },
    guests: Array.from({ length: count }, (_, i) => ({
      kind: 'recorded',
      name: `vm${i}`,
      recording,
      start: 'work-start',
    })),
    mix: { strategies: [tps, balloon, compression, hostswap] },
    run: { seed: 1, order: 'shuffled' },
  });
  return { seconds: Number(process.hrtime.bigint() - start) / 1e9, touches };
}

run(1); // warms up
const single = run(1);
console.log(
  `sqlite from work-start, host = ${PART_OF_SIZE} of the guests' memory, tps + balloon + compression + hostswap`,
);
console.log('VMs   seconds   M touches/s   time ÷ (VMs × time of one)');
for (const count of [1, 4, 16, 64]) {
  const { seconds, touches } = count === 1 ? single : run(count);
  const cells = [
    String(count).padEnd(5),
    seconds.toFixed(2).padStart(7),
    (touches / seconds / 1e6).toFixed(2).padStart(13),
    (seconds / (count * single.seconds)).toFixed(2).padStart(12),
  ];
  console.log(cells.join(' '));
}
