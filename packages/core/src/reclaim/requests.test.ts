import fc from 'fast-check';
import { expect, test } from 'vitest';

import type { Decision } from '../contract/decision.ts';
import { FramePool } from '../frames/frame-pool.ts';
import { toNs, toPages, toVmId } from '../units/page.ts';
import { Requests } from './requests.ts';
import type { RunningStrategy } from './running-strategy.ts';

const VM = toVmId(0);
const PATIENCE = 50;

/** A strategy that is promised to deliver, and the requests that watch it. */
function rig() {
  let pending = 0;
  const stuck: number[] = [];
  const running: RunningStrategy = {
    id: 'slow',
    grain: 1,
    plugin: {},
    strategy: {
      pending: () => toPages(pending),
      reclaim: ({ goal }) => {
        pending += goal;
        return { freed: toPages(0), ordered: goal, tried: toPages(0), refused: [] };
      },
      relax: ({ pages }) => {
        const back = Math.min(pages, pending);
        pending -= back;
        return toPages(back);
      },
    },
  };
  const decide = (decision: Decision): void => {
    if (decision.kind === 'stuck') stuck.push(decision.time);
  };
  const requests = new Requests({
    pool: new FramePool(16, 1),
    patienceNs: PATIENCE,
    decide,
    listened: () => false,
  });
  const wish = { vm: VM, state: 'soft', why: 'pressure', shared: false } as const;
  return {
    stuck,
    deliver: (pages: number): number => {
      const given = Math.min(pages, pending);
      pending -= given;
      return given;
    },
    order: (goal: number, at: number) => requests.descend([running], { ...wish, goal, at: toNs(at) }),
    relax: (pages: number, at: number) => requests.relaxBy(running, VM, pages, toNs(at)),
    pending: () => pending,
  };
}

test('one that delivers and is asked for more each time is not stuck, however much is still to come', () => {
  const { order, deliver, stuck, pending } = rig();
  for (let at = 0; at < 1000; at += 10) {
    order(pending() + 5, at);
    deliver(2);
  }
  expect(pending()).toBeGreaterThan(200);
  expect(stuck).toEqual([]);
});

test('one that delivers nothing for its time is stuck, told once, asked no more', () => {
  const { order, stuck, pending } = rig();
  for (let at = 0; at < 200; at += 10) order(pending() + 5, at);
  expect(stuck).toEqual([50]);
  expect(pending()).toBe(25);
});

test('what is no longer wanted was not delivered', () => {
  const { order, relax, stuck, pending } = rig();
  for (let at = 0; at < 200; at += 10) {
    order(pending() + 5, at);
    relax(2, at);
  }
  expect(stuck[0]).toBe(50);
});

test('stuck means: an order is open and nothing came for the whole patience', () => {
  const step = fc.record({
    does: fc.constantFrom('order', 'order', 'deliver', 'relax'),
    pages: fc.integer({ min: 1, max: 9 }),
    waits: fc.integer({ min: 1, max: 20 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const { order, deliver, relax, stuck, pending } = rig();
      let at = 0;
      /** Since when an order has been open and nothing came, as a look after each step sees it. */
      let since = 0;
      let isStuck = false;
      const expected: number[] = [];
      for (const { does, pages, waits } of steps) {
        at += waits;
        if (does === 'relax') relax(pages, at);
        const came = does === 'deliver' && deliver(pages) > 0;
        if (came || pending() === 0) {
          since = at;
          isStuck = false;
        } else if (at - since >= PATIENCE && !isStuck) {
          isStuck = true;
          expected.push(at);
        }
        // A look: an order for nothing beyond what is coming.
        order(does === 'order' ? pending() + pages : 1, at);
      }
      expect(stuck).toEqual(expected);
    }),
    { numRuns: 300 },
  );
});
