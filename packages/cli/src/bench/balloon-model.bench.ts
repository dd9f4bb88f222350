/**
 * The recorded guest's answer to a balloon beside a real one. Real: the recording `balloon`, in which a
 * virtio-balloon took the guest from 192 to 110 MiB and gave it back. Model: the recording `files` (the same
 * work, other seed, 256 MiB, no balloon), whose guest is taken to the same 110 MiB at the same times after
 * its work began, on a host with memory to spare.
 */
import type { AnyPolicyPlugin } from '@overbook/core/host';
import { definePolicy, mib, toPages, stepPolicy, toVmId } from '@overbook/core';
import { balloon } from '@overbook/balloon';
import { ROLE_MASK, ROLE_NAMES } from '@overbook/formats/roles';
import { hostswap } from '@overbook/hostswap';
import type { SimulationResult } from '@overbook/sim';
import { runSimulation } from '@overbook/sim';
import type { RecordedSnapshot, Recording } from '@overbook/traces';
import { readRecording } from '@overbook/traces';
import { z } from 'zod';

import { datasetPath } from './dataset-path.ts';

const BALLOON_ROLE = 10;
const real = readRecording(datasetPath('recordings/balloon.ovr'));
const replayed = readRecording(datasetPath('recordings/files.ovr'));

function workStart(recording: Recording): RecordedSnapshot {
  return recording.snapshots.find(({ label }) => label === 'work-start')!;
}
const [down, up] = real.balloonTargets.map(({ guestMs, targetMiB }) => ({
  afterMs: guestMs - workStart(real).guestMs,
  targetMiB,
}));

/** Frames that are in the balloon at the snapshot after the target was set, by what they were at the one before. */
function realGiven(): Readonly<Record<string, number>> {
  const after = real.snapshots.findIndex(({ role }) =>
    role.some((byte) => (byte & ROLE_MASK) === BALLOON_ROLE),
  );
  const was = real.snapshots[after - 1]!.role;
  const given: Record<string, number> = {};
  real.snapshots[after]!.role.forEach((byte, gfn) => {
    if ((byte & ROLE_MASK) !== BALLOON_ROLE) return;
    const name = ROLE_NAMES[was[gfn]! & ROLE_MASK]!;
    given[name] = (given[name] ?? 0) + 1;
  });
  return given;
}

/** What the guest's kernel counted from the first snapshot at or after `fromMs` to the last at or before `toMs`. */
function counted(recording: Recording, name: string, fromMs: number, toMs: number): number {
  const inside = recording.snapshots.filter(({ guestMs, vmstat }) => {
    const sinceWork = guestMs - workStart(recording).guestMs;
    return vmstat !== undefined && sinceWork >= fromMs && sinceWork <= toMs;
  });
  return (inside.at(-1)?.vmstat?.[name] ?? Number.NaN) - (inside[0]?.vmstat?.[name] ?? Number.NaN);
}

/** Orders the balloon to take the guest to `targetMiB` of what it was configured with, at the recorded times. */
function recordedTargets(fromNs: number): AnyPolicyPlugin {
  return definePolicy({
    id: 'recorded-targets',
    contract: 2,
    title: 'Sets the balloon targets that were set while recording',
    options: z.strictObject({}),
    needs: {},
    create: () =>
      stepPolicy({
        initial: 0,
        decide: (done, { time, vms }) => {
          const sinceMs = (time - fromNs) / 1e6;
          const vm = vms[0]!;
          const order = (by: number) => [
            {
              kind: 'target' as const,
              vm: toVmId(0),
              pages: toPages(vm.consumed + by),
              by: balloon.id,
              reason: { what: 'as recorded' },
            },
          ];
          const taken = replayed.pages - mib(down!.targetMiB);
          if (done === 0 && sinceMs >= down!.afterMs) return { state: 1, orders: order(-taken) };
          if (done === 1 && sinceMs >= up!.afterMs) return { state: 2, orders: order(taken) };
          return { state: done, orders: [] };
        },
      }),
  });
}

function replay(fromNs: number): SimulationResult {
  return runSimulation({
    name: 'balloon-model',
    host: { memory: toPages(2 * replayed.pages), paces: { balance: 200 } },
    guests: [{ kind: 'recorded', name: 'files', recording: replayed, start: 'work-start' }],
    mix: {
      strategies: [{ plugin: balloon, options: { safePercent: 100, maxPercent: 99 } }, hostswap],
      policies: [recordedTargets(fromNs)],
    },
    run: { seed: 1, order: 'shuffled', offsetSpread: 0 },
  });
}

const { measuredFromNs } = replay(Number.MAX_SAFE_INTEGER);
const model = replay(measuredFromNs).guests[0]!.balloon!;
const given = realGiven();
function sum(by: Readonly<Record<string, number>>): number {
  return Object.values(by).reduce((total, n) => total + n, 0);
}
const roles = [...new Set([...Object.keys(given), ...Object.keys(model.given)])].sort();

function seconds(ms: number): string {
  return (ms / 1000).toFixed(0);
}
console.log(
  `balloon target ${down!.targetMiB} MiB at +${seconds(down!.afterMs)} s of work, off at +${seconds(up!.afterMs)} s`,
);
function told({ name, pages: count, origin }: Recording): string {
  return `${name}, ${count} pages, seed ${origin.seed}`;
}
console.log(`real: ${told(real)}; model: ${told(replayed)}\n`);
console.log('pages given, by the role they had      real      model');
for (const role of roles) {
  console.log(
    `  ${role.padEnd(30)} ${String(given[role] ?? 0).padStart(10)} ${String(model.given[role] ?? 0).padStart(10)}`,
  );
}
console.log(
  `  ${'all'.padEnd(30)} ${String(sum(given)).padStart(10)} ${String(sum(model.given)).padStart(10)}`,
);
console.log(`\nmodel: displaced later for the guest's own need ${JSON.stringify(model.displaced)}`);
console.log(
  `model: touched again, by the role then ${JSON.stringify(model.reread)}; out of memory ${model.outOfMemory} times`,
);
const window = [down!.afterMs, up!.afterMs + 30_000] as const;
for (const name of ['pgpgin', 'pgmajfault', 'workingset_refault_file', 'pgscan_kswapd', 'pgscan_direct']) {
  const [a, b] = [real, replayed].map((recording) => counted(recording, name, ...window));
  console.log(
    `kernel's ${name.padEnd(26)} with the balloon (${real.name}) ${a}   without (${replayed.name}) ${b}`,
  );
}
