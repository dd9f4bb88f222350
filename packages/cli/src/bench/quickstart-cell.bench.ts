/**
 * A cell of the quickstart: one mix, one seed, once guests are read. Prints the CPU time of each mix, the least of
 * three rounds, and how many times as long it takes as a plain loop over the same touches that notes each in one array,
 * in the same process: the time alone tells more of the machine than of the code. The first round is dear, as Node
 * compiles.
 */
import { fileURLToPath } from 'node:url';

import { configOf, planExperiment, readScenario } from '@overbook/lab';
import type { GuestSpec } from '@overbook/sim';
import { runSimulation } from '@overbook/sim';
import type { Recording } from '@overbook/traces';
import { expandInterval, largestInterval } from '@overbook/traces';

const ROUNDS = 3;
const SCENARIO = fileURLToPath(new URL('../../../../scenarios/quickstart.yaml', import.meta.url));

/** CPU milliseconds of this process, its compiler's and collector's threads included. */
function cpuMs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function recordingOf(guest: GuestSpec): Recording {
  if (guest.kind !== 'recorded') throw new Error(`guest ${guest.name} is not recorded`);
  return guest.recording;
}

/** The baseline. @returns touches of all guests from the begin of their work on */
function plainTouches(recordings: readonly Recording[]): number {
  let touches = 0;
  for (const { trace, pages, snapshots } of recordings) {
    const touched = new Uint32Array(pages);
    const gfns = new Uint32Array(largestInterval(trace));
    const accesses = new Uint8Array(gfns.length);
    const begin = snapshots.find(({ label }) => label === 'work-start')?.afterIntervals ?? 0;
    for (let interval = begin; interval < trace.intervals; interval++) {
      const count = expandInterval(trace, interval, gfns, accesses);
      for (let i = 0; i < count; i++) touched[gfns[i]!]! += accesses[i]!;
      touches += count;
    }
  }
  return touches;
}

interface Row {
  first: number;
  least: number;
}

function line(name: string, { first, least }: Row, plainMs: number): string {
  const numbers = [first.toFixed(0).padStart(10), least.toFixed(0).padStart(10)];
  return `${name.padEnd(18)} ${numbers.join(' ')} ${(least / plainMs).toFixed(1).padStart(13)}`;
}

function meanOf(all: readonly Row[]): Row {
  const sum = { first: 0, least: 0 };
  for (const { first, least } of all) {
    sum.first += first;
    sum.least += least;
  }
  return { first: sum.first / all.length, least: sum.least / all.length };
}

const { plan, cells, catalogue, guests } = await planExperiment(readScenario(SCENARIO));
const recordings = guests.map(recordingOf);
const touches = plainTouches(recordings);
const firstSeeds = cells.filter((cell) => cells.find(({ mix }) => mix.name === cell.mix.name) === cell);
const rows = new Map<string, Row>();
let plainMs = Infinity;
for (let round = 0; round < ROUNDS; round++) {
  plainMs = Math.min(plainMs, ...[1, 2, 3].map(() => cpuMs(() => plainTouches(recordings))));
  for (const cell of firstSeeds) {
    const mix = cell.mix.name;
    const ms = cpuMs(() => runSimulation(configOf(plan, cell, catalogue, guests, {})));
    const row = rows.get(mix);
    rows.set(mix, { first: row?.first ?? ms, least: Math.min(row?.least ?? ms, ms) });
  }
}
console.log(`${touches} touches; plain loop ${plainMs.toFixed(0)} ms`);
console.log('mix                  first ms   least ms   times plain');
for (const [mix, row] of rows) console.log(line(mix, row, plainMs));
console.log(line('mean', meanOf([...rows.values()]), plainMs));
