// `npm run soak [-- ACCESSES]`: real page contents (datasets/images/mini), generated accesses, every mix, both stores, and
// every access held against an independent record of what each guest last wrote, until so many accesses were checked
// (default 100 million). On the way both stores must come to the same page counts. Round k is seed k: a failing round is
// run again with `npm run soak -- --round k`.
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseScenario, planExperiment, runExperiment } from '../packages/lab/dist/index.js';

const SCENARIO = 'scenarios/mini-bytes.yaml';
/** Host memory in percent of the guests', round after round: from hardly short to desperate. */
const PERCENTS = [55, 75, 38, 90, 47];
/** Intervals of 256 touches. The store of bytes compares 4096 bytes an access: it gets a fifth. */
const INTERVALS = { keys: 10_000, bytes: 2_000 };
const COMPARED_INTERVALS = 400;

const words = process.argv.slice(2);
const only = words[0] === '--round' ? Number(words[1]) : undefined;
const wanted = only === undefined ? Number(words[0] ?? 100_000_000) : 1;
if (!(wanted > 0) || !(only === undefined || Number.isInteger(only))) {
  console.error('soak: give a number of accesses, or --round K. mend: npm run soak -- 100000000');
  process.exit(2);
}
const text = readFileSync(SCENARIO, 'utf8');
const startedMs = Date.now();
let checked = 0;
for (let round = only ?? 1; checked < wanted; round++) checked += await soakRound(round);
console.log(
  `${grouped(checked)} accesses checked in ${secondsSince(startedMs)} s: every read was what was last written`,
);

/** @param {number} round */
async function soakRound(round) {
  const sinceMs = Date.now();
  const percent = PERCENTS[round % PERCENTS.length] ?? 55;
  const counts = [];
  for (const store of /** @type {const} */ (['keys', 'bytes'])) {
    counts.push(JSON.stringify((await run(round, percent, store, COMPARED_INTERVALS)).map(pageCounts)));
  }
  if (counts[0] !== counts[1])
    fail(round, `the stores disagree:\n  keys  ${counts[0]}\n  bytes ${counts[1]}`);
  let accesses = 0;
  for (const store of /** @type {const} */ (['keys', 'bytes'])) {
    for (const result of await run(round, percent, store, INTERVALS[store])) accesses += result.checkedReads;
  }
  console.log(
    `round ${round}, host ${percent} % of guests: ${grouped(accesses)} accesses in ${secondsSince(sinceMs)} s`,
  );
  return accesses;
}

/**
 * All mixes of the scenario on one store.
 * @param {number} seed @param {number} percent @param {'keys' | 'bytes'} store @param {number} intervals
 */
async function run(seed, percent, store, intervals) {
  const changed = text
    .replace(/store: bytes/, `store: ${store}`)
    .replace(/intervals: \d+/, `intervals: ${intervals}`)
    .replace(/memory: \d+ %/, `memory: ${percent} %`);
  const experiment = await planExperiment(parseScenario(SCENARIO, changed), { seeds: [seed], check: true });
  const outcomes = await runExperiment(experiment, { workers: Math.min(availableParallelism(), 4) });
  return outcomes.map(({ cell, outcome }) => {
    if (outcome.kind === 'done') return outcome.result;
    return fail(seed, `${cell.mix.name} on ${store}: ${outcome.what}`);
  });
}

/**
 * What both stores must agree on.
 * @param {import('../packages/sim/dist/index.js').SimulationResult} result
 */
function pageCounts({ host, guests, summary }) {
  const { total, free, granted, shared, common } = host;
  const events = guests.map(({ faults, entered, cowBreaks, firstTouches }) => ({
    faults,
    entered,
    cowBreaks,
    firstTouches,
  }));
  return { total, free, granted, shared, common, events, reclaimed: summary.reclaimedPages };
}

/** @param {number} round @param {string} what @returns {never} */
function fail(round, what) {
  console.error(`round ${round} failed: ${what}\nagain: npm run soak -- --round ${round}`);
  process.exit(1);
}

/** @param {number} count */
function grouped(count) {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ' ');
}

/** @param {number} ms */
function secondsSince(ms) {
  return ((Date.now() - ms) / 1000).toFixed(1);
}
