import type { Order } from '@overbook/core';
import {
  definePolicy,
  esxEntitlement,
  isOverbookError,
  observationLine,
  observationLogHeader,
  PAGES,
  toPages,
  readObservations,
} from '@overbook/core';
import { composeHost } from '@overbook/core/host';
import { auditTime, map } from 'rxjs';
import { expect, test } from 'vitest';
import { z } from 'zod';

import { kitSwap } from './kit/kit-swap.ts';
import { replayPolicy } from './replay-policy.ts';

/** A host at work under the default policy: its log, and the orders that were given on it. */
function recorded(): { readonly log: string; readonly ordered: readonly Order[] } {
  const host = composeHost({
    memory: toPages(600),
    vms: [
      { name: 'a', size: toPages(400), reservation: toPages(50) },
      { name: 'b', size: toPages(400), shares: 'high', limit: toPages(380) },
    ],
    strategies: [kitSwap],
    paces: { balance: 500 },
  });
  let log = observationLogHeader();
  const ordered: Order[] = [];
  host.observations$.subscribe((observation) => (log += observationLine(observation)));
  host.decisions$.subscribe((decision) => {
    if (decision.kind === 'order') ordered.push(decision.order);
  });
  for (let page = 0; page < 400; page++) {
    host.vm('a').write(page, `a ${page}`);
    host.vm('b').write(page, `b ${page}`);
    if (page % 40 === 0) host.advance(250);
  }
  host.powerOff('a');
  host.advance(1);
  host.advance(1000);
  host.dispose();
  return { log, ordered };
}

test('what a policy ordered on a host it orders again from the log of that host, read back', () => {
  const { log, ordered } = recorded();
  const observations = readObservations(log, 'host.jsonl');
  expect(observations.length).toBeGreaterThan(6);
  expect(new Set(observations.map(({ cause }) => cause))).toEqual(new Set(['period', 'state', 'power']));
  expect(
    log
      .split('\n')
      .slice(1, -1)
      .map((line): unknown => JSON.parse(line)),
  ).toEqual(observations);
  const replayed = replayPolicy(esxEntitlement, observations);
  expect(replayed.flatMap(({ orders }) => orders)).toEqual(ordered);
  expect(replayed[0]!.time).toBe(observations[0]!.time);
});

test('timers of the policy run on the time of the log', () => {
  const lazy = definePolicy({
    id: 'lazy',
    contract: 2,
    title: '',
    options: z.strictObject({ everyMs: z.int().default(1000) }),
    needs: {},
    create:
      (_deps, { everyMs }) =>
      (observation$, clock) =>
        observation$.pipe(
          auditTime(everyMs, clock.scheduler),
          map(({ vms }) =>
            vms.map(
              ({ vm, consumed }) =>
                ({ kind: 'target', vm, pages: consumed, reason: { what: 'as it is' } }) as const,
            ),
          ),
        ),
  });
  const observations = readObservations(recorded().log, 'host.jsonl');
  const last = observations.at(-1)!.time;
  const times = replayPolicy(lazy, observations, { everyMs: 800 }, last + 2e9).map(({ time }) => time);
  expect(times[0]).toBe(observations[0]!.time + 800e6);
  expect(times.at(-1)).toBeGreaterThan(last);
});

test('a policy that needs more than observations cannot be replayed', () => {
  const curious = definePolicy({
    id: 'curious',
    contract: 2,
    title: '',
    options: z.strictObject({}),
    needs: { table: PAGES },
    create: () => (observation$) => observation$.pipe(map(() => [])),
  });
  expect(() => replayPolicy(curious, [])).toThrow(/curious: it needs PAGES/);
});

test.each([
  ['', /host\.jsonl:1: no JSON/],
  ['{"format":"else"}\n', /host\.jsonl:1: it does not begin as an observation log does/],
  ['{"format":"overbook-observations","version":9}\n', /version is 9; this reader reads version 1/],
  [`${observationLogHeader()}{"time":1`, /host\.jsonl:2: no JSON/],
  [`${observationLogHeader()}{"time":1}\n`, /host\.jsonl:2: state: /],
])('a log that is none is refused with the line', (text, expected) => {
  try {
    readObservations(text, 'host.jsonl');
  } catch (error) {
    expect(isOverbookError(error) && `${error.code} ${error.message}`).toMatch(expected);
    expect(isOverbookError(error) && error.code).toBe('OVB_OBSERVATIONS_INVALID');
    return;
  }
  expect.unreachable('it was read');
});

test('a log that goes back in time is refused', () => {
  const lines = recorded().log.split('\n');
  const swapped = [lines[0], lines.at(-2), lines[1], ''].join('\n');
  expect(() => readObservations(swapped, 'host.jsonl')).toThrow(/host\.jsonl:3: time goes back/);
});
