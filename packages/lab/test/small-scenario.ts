/** A scenario of real contents that runs in a fraction of a second. */
import type { ScenarioFile } from '../src/scenario/read-scenario.ts';
import { parseScenario } from '../src/scenario/read-scenario.ts';

export const DATASETS = new URL('../../../datasets', import.meta.url).pathname;

const MIXES = `
  swap-only: { strategies: [hostswap] }
  tps: { strategies: [tps: { pagesPerSecond: 20000 }, hostswap] }
`;

/** Two scripted guests on a host of 60 % of them. */
export function smallText(settings = '', mixes = MIXES, guests = ''): string {
  return `name: small
datasets: ${DATASETS}
host: { memory: 60 % of guests, paces: { balance: 50 ms } }
guests:
  - { name: one, image: images/mini.ovd, size: 2 MiB, script: { intervals: 60, pagesPerInterval: 128 } }
  - { name: two, image: images/mini.ovd, size: 2 MiB, script: { intervals: 60, pagesPerInterval: 128 } }
${guests}${settings}
mixes:${mixes}`;
}

export function small(...parts: Parameters<typeof smallText>): ScenarioFile {
  return parseScenario('small.yaml', smallText(...parts));
}
