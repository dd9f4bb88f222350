import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { AnyStrategyPlugin, Strategy } from '@overbook/core';
import {
  CLOCK,
  CONTENTS,
  GUESTS,
  RANDOM,
  bind,
  defineStrategy,
  ns,
  optional,
  pages,
  token,
} from '@overbook/core';
import { NEVER, Subscription, interval } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';

import { KIT_SWAPPED, kitSwap, kitSwapNeeds, makeKitSwap, noOptions } from './kit/kit-swap.ts';
import type { PromiseId } from './promises.ts';
import { PROMISES } from './promises.ts';
import { proveOn, proveStrategy } from './prove-strategy.ts';
import { strategySuite } from './strategy-suite.ts';

type Sound = ReturnType<typeof makeKitSwap>;

const needs = { ...kitSwapNeeds, clock: CLOCK };

/** The kit's swap with one thing changed. */
function changed(
  change: (sound: Sound, deps: { readonly clock: { now(): number; scheduler: never } }) => Partial<Strategy>,
): AnyStrategyPlugin {
  return defineStrategy({
    id: 'changed',
    contract: 1,
    title: 'The kit swap with one thing changed',
    options: noOptions,
    needs,
    kinds: [KIT_SWAPPED],
    create: (deps, _options, self) => {
      const sound = makeKitSwap(deps, self);
      return {
        backings: sound.backings,
        reclaim: (request) => sound.reclaim(request),
        accept: (page) => sound.accept(page),
        ...change(sound, deps as never),
      };
    },
  });
}

function backing(sound: Sound) {
  return sound.backings[KIT_SWAPPED]!;
}
function withBacking(sound: Sound, change: Partial<ReturnType<typeof backing>>): Partial<Strategy> {
  return {
    backings: { [KIT_SWAPPED]: { ...backing(sound), ...change } },
  };
}
const nothing = { freed: pages(0), ordered: pages(0), tried: pages(0), refused: [] };
const clockOfTheWall: { readonly now: () => number } = Date;

function broken(plugin: AnyStrategyPlugin): readonly string[] {
  return proveOn(plugin, 'keys', { accesses: 300 })
    .verdicts.filter((verdict) => !verdict.passed)
    .map((verdict) => verdict.promise);
}

describe('each promise can be broken, and is named alone', () => {
  const cases: readonly (readonly [PromiseId, string, AnyStrategyPlugin])[] = [
    ['options', 'accepts options that it does not know', { ...kitSwap, id: 'o', options: z.object({}) }],
    [
      'options',
      'has an option without a sentence',
      { ...kitSwap, id: 'o', options: z.strictObject({ victims: z.int().default(1) }) },
    ],
    [
      'options',
      'cannot do with its defaults',
      { ...kitSwap, id: 'o', options: z.strictObject({ a: z.int() }) },
    ],
    [
      'acts',
      'never does anything',
      { ...kitSwap, id: 'idle', kinds: [], create: () => ({ reclaim: () => nothing }) },
    ],
    [
      'disposal',
      'leaves a timer',
      changed((_sound, { clock }) => ({
        start: () => {
          interval(1000, clock.scheduler).subscribe();
          return new Subscription();
        },
      })),
    ],
    [
      'disposal',
      'keeps listening to the host',
      changed(() => ({
        start: ({ pressure$ }) => {
          pressure$.subscribe();
          return NEVER.subscribe();
        },
      })),
    ],
    [
      'disposal',
      'leaves a folder',
      changed(() => ({ dispose: () => void mkdtempSync(join(tmpdir(), 'left-')) })),
    ],
    [
      'disposal',
      'cannot be disposed twice',
      changed(() => {
        let disposed = false;
        return {
          dispose: () => {
            if (disposed) throw new Error('gone');
            disposed = true;
          },
        };
      }),
    ],
    [
      'ownFrames',
      'says that its storage needs frames which it does not hold',
      changed((sound) => withBacking(sound, { footprint: () => pages(1) })),
    ],
    [
      'sameSeed',
      'reads the clock on the wall',
      changed((sound) => ({
        reclaim: (request) => ({
          ...sound.reclaim(request),
          refused: [{ pages: pages(0), why: `on day ${Math.floor(clockOfTheWall.now() / 86_400_000)}` }],
        }),
      })),
    ],
    [
      'goalZero',
      'frees a page though none is wanted',
      changed((sound) => ({
        reclaim: (request) => sound.reclaim(request.goal === 0 ? { ...request, goal: pages(1) } : request),
      })),
    ],
    [
      'withinGoal',
      'frees one page too many',
      changed((sound) => ({
        reclaim: (request) =>
          sound.reclaim(request.goal === 0 ? request : { ...request, goal: pages(request.goal + 1) }),
      })),
    ],
    [
      'withinBudget',
      'looks at one page too many',
      changed((sound) => ({
        reclaim: (request) => {
          const receipt = sound.reclaim(request);
          return { ...receipt, tried: pages(request.budget + 1) };
        },
      })),
    ],
    [
      'books',
      'finds its own books wrong',
      changed(() => ({
        verify: () => {
          throw new Error('7 slots used, 6 pages swapped');
        },
      })),
    ],
    [
      'contract',
      'is ready before it was asked',
      changed((sound) => ({ reclaim: (request) => ({ ...sound.reclaim(request), readyAt: ns(-1) }) })),
    ],
    [
      'contract',
      'completes a fault before it began',
      changed((sound) =>
        withBacking(sound, {
          fault: (vm, page, slot, at) => ns(backing(sound).fault(vm, page, slot, at) - at - 2000),
        }),
      ),
    ],
    [
      'sound',
      'throws in the middle of a fault',
      changed((sound) =>
        withBacking(sound, {
          fault: () => {
            throw new TypeError('undefined is not a function');
          },
        }),
      ),
    ],
    ['reads', 'peeks at zeros', changed((sound) => withBacking(sound, { peek: () => undefined }))],
  ];

  test.each(cases)('%s: one that %s', (id, _what, plugin) => {
    expect(broken(plugin)).toEqual([PROMISES[id]]);
  });

  test('progress: one that stops all guests, even with the kit behind it', () => {
    const greedy = defineStrategy({
      id: 'greedy',
      contract: 1,
      title: 'Takes every frame there is',
      options: noOptions,
      needs: kitSwapNeeds,
      create: ({ frames }) => ({
        reclaim: () => {
          while (frames.takeOwn() >= 0);
          return nothing;
        },
      }),
    });
    expect(broken(greedy)).not.toEqual([]);
  });
});

describe('a plugin may need what only some hosts give', () => {
  const swapNeeding = (more: AnyStrategyPlugin['needs']): AnyStrategyPlugin => ({
    ...kitSwap,
    id: 'needy',
    needs: { ...kitSwapNeeds, ...more },
  });

  test('a token of its own comes by bindings, and its absence is refused by name', () => {
    const PRICES = token<number>('test/PRICES');
    const verdicts = proveStrategy(swapNeeding({ prices: PRICES }), {
      bindings: [bind(PRICES, () => 7)],
      accesses: 200,
    });
    expect(verdicts.filter((verdict) => !verdict.passed)).toEqual([]);
    expect(new Set(verdicts.map((verdict) => verdict.store))).toEqual(new Set(['keys', 'bytes']));
  });

  test('bytes: it is proved on the store that has them, and the other refuses it', () => {
    const plugin = swapNeeding({ contents: CONTENTS });
    expect(proveOn(plugin, 'keys')).toMatchObject({
      refused: expect.stringContaining('CONTENTS'),
      verdicts: [],
    });
    const verdicts = proveStrategy(plugin, { accesses: 200 });
    expect(new Set(verdicts.map((verdict) => verdict.store))).toEqual(new Set(['bytes']));
    expect(verdicts.every((verdict) => verdict.passed)).toBe(true);
  });

  test('guests with drivers are there for those who need them, and optional ones are taken away once', () => {
    const given: boolean[] = [];
    const plugin: AnyStrategyPlugin = {
      ...swapNeeding({ guests: optional(GUESTS), random: RANDOM }),
      create: (deps, options, self) => {
        given.push((deps as { guests?: unknown }).guests !== undefined);
        return kitSwap.create(deps as never, options as never, self);
      },
    };
    expect(proveOn(plugin, 'keys', { accesses: 200 }).verdicts.every((verdict) => verdict.passed)).toBe(true);
    expect(new Set(given)).toEqual(new Set([true, false]));
  });
});

describe('the suite', () => {
  const collect = (plugin: AnyStrategyPlugin): ReadonlyMap<string, string> => {
    const results = new Map<string, string>();
    const run = (name: string, body: () => void): void => {
      try {
        body();
        results.set(name, 'passed');
      } catch (error) {
        results.set(name, (error as Error).message);
      }
    };
    strategySuite({ test: run, plugin, accesses: 200 });
    return results;
  };

  test('registers a test per promise and store with any runner', () => {
    const results = collect(kitSwap);
    expect(results.size).toBe(2 * Object.keys(PROMISES).length);
    expect(new Set(results.values())).toEqual(new Set(['passed']));
    expect([...results.keys()]).toContain(`kit-swap on bytes: ${PROMISES.reads}`);
  });

  test('fails the broken promise, and those that could not be seen say which one broke', () => {
    const results = collect(changed((sound) => withBacking(sound, { peek: () => undefined })));
    expect(results.get(`changed on keys: ${PROMISES.reads}`)).toContain('peek of page');
    expect(results.get(`changed on keys: ${PROMISES.salts}`)).toBe(
      `not seen, for the run ended before: ${PROMISES.reads}`,
    );
  });
});
