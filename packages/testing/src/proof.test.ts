import { mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { AnyStrategyPlugin } from '@overbook/core/host';
import { CONTENTS, GUESTS, RANDOM, defineStrategy, toNs, optional, toPages, token } from '@overbook/core';
import { bind } from '@overbook/core/host';
import { NEVER, Subscription, interval } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';

import { changedSwap, withBacking } from './kit/changed-swap.ts';
import { overReport } from './broken/index.ts';
import { kitShare } from './kit/kit-share.ts';
import { kitSwap, kitSwapNeeds, noOptions } from './kit/kit-swap.ts';
import type { PromiseId } from './promises.ts';
import { PROMISES } from './promises.ts';
import type { Verdict } from './prove-strategy.ts';
import { proveOn, proveStrategy } from './prove-strategy.ts';
import { reportText } from './report-text.ts';
import { strategySuite } from './strategy-suite.ts';

/** The kit's swap with one thing changed. */
function changed(change: Parameters<typeof changedSwap>[2]): AnyStrategyPlugin {
  return changedSwap('changed', 'The kit swap with one thing changed', change);
}
const nothing = { freed: toPages(0), ordered: toPages(0), tried: toPages(0), refused: [] };
const clockOfTheWall: { readonly now: () => number } = Date;

/** Broken, or not seen although a method of the strategy should have shown it. */
function isBad(verdict: Verdict): boolean {
  return verdict.verdict === 'broken' || (verdict.verdict === 'unseen' && verdict.owed);
}

function broken(plugin: AnyStrategyPlugin): readonly string[] {
  return proveOn(plugin, 'keys', { accesses: 300 })
    .verdicts.filter(({ verdict }) => verdict === 'broken')
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
      'leaves a file open that has lost its name',
      changed(() => ({
        dispose: () => {
          const path = join(tmpdir(), 'left');
          openSync(path, 'w');
          rmSync(path);
        },
      })),
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
      changed((sound) => withBacking(sound, { footprint: () => toPages(1) })),
    ],
    [
      'sameSeed',
      'reads the clock on the wall',
      changed((sound) => ({
        reclaim: (request) => ({
          ...sound.reclaim(request),
          refused: [{ pages: toPages(0), why: `on day ${Math.floor(clockOfTheWall.now() / 86_400_000)}` }],
        }),
      })),
    ],
    [
      'goalZero',
      'frees a page though none is wanted',
      changed((sound) => ({
        reclaim: (request) => sound.reclaim(request.goal === 0 ? { ...request, goal: toPages(1) } : request),
      })),
    ],
    [
      'withinGoal',
      'frees one page too many',
      changed((sound) => ({
        reclaim: (request) =>
          sound.reclaim(request.goal === 0 ? request : { ...request, goal: toPages(request.goal + 1) }),
      })),
    ],
    [
      'withinBudget',
      'looks at one page too many',
      changed((sound) => ({
        reclaim: (request) => {
          const receipt = sound.reclaim(request);
          return { ...receipt, tried: toPages(request.budget + 1) };
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
      changed((sound) => ({ reclaim: (request) => ({ ...sound.reclaim(request), readyAt: toNs(-1) }) })),
    ],
    [
      'contract',
      'completes a fault before it began',
      changed((sound) =>
        withBacking(sound, {
          fault: (vm, page, slot, at, write) =>
            toNs(sound.backing.fault(vm, page, slot, at, write) - at - 2000),
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
      contract: 2,
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
    const report = proveStrategy(swapNeeding({ prices: PRICES }), {
      bindings: [bind(PRICES, () => 7)],
      accesses: 200,
    });
    expect(report.flatMap(({ verdicts }) => verdicts.filter(isBad))).toEqual([]);
    expect(report.map(({ store, refused }) => [store, refused])).toEqual([
      ['keys', undefined],
      ['bytes', undefined],
    ]);
  });

  test('bytes: it is proved on the store that has them, and the other refuses it', () => {
    const plugin = swapNeeding({ contents: CONTENTS });
    expect(proveOn(plugin, 'keys')).toMatchObject({
      refused: expect.stringContaining('CONTENTS'),
      verdicts: [],
    });
    const [keys, bytes] = proveStrategy(plugin, { accesses: 200 });
    expect(keys!.verdicts).toEqual([]);
    expect(bytes!.verdicts.filter(isBad)).toEqual([]);
    expect(bytes!.verdicts).toHaveLength(Object.keys(PROMISES).length);
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
    expect(proveOn(plugin, 'keys', { accesses: 200 }).verdicts.filter(isBad)).toEqual([]);
    expect(new Set(given)).toEqual(new Set([true, false]));
  });
});

describe('what was never looked at is unseen, not kept', () => {
  const verdictsOf = (plugin: AnyStrategyPlugin): ReadonlyMap<string, Verdict> =>
    new Map(proveOn(plugin, 'keys', { accesses: 300 }).verdicts.map((one) => [one.promise, one]));

  test('a method that is absent, with its name', () => {
    const verdicts = verdictsOf(kitShare);
    expect(verdicts.get(PROMISES.rescue)).toMatchObject({
      verdict: 'unseen',
      why: 'it has no rescue',
      owed: false,
    });
    expect(verdicts.get(PROMISES.salts)!.verdict).toBe('kept');
    expect(verdictsOf(kitSwap).get(PROMISES.salts)!.verdict).toBe('unseen');
  });

  test('a method that is there and was never called is owed', () => {
    const silent: AnyStrategyPlugin = {
      ...kitShare,
      id: 'never-asked',
      create: (deps, options, self) => {
        const sound = kitShare.create(deps as never, options as never, self);
        // Nothing of its kinds is ever in memory, so no fault can come.
        return { ...sound, start: (host) => sound.start!(host), backings: {} };
      },
    };
    expect(verdictsOf(silent).get(PROMISES.faultTime)).toMatchObject({ verdict: 'unseen', owed: true });
  });

  test.each(['rescue', 'accept'] as const)('a strategy with both is asked for %s', (id) => {
    const both = changed((sound, { pages: table }) => ({
      accept: (page) => sound.accept(page),
      rescue: ({ vm, gfn, mfn }) => {
        if (gfn % 2 === 0) return false;
        // Out of its frame and into a slot: to the kit that is a rescue, though no cheap one.
        const slot = sound.put(mfn);
        table.evict(vm, gfn, sound.kind, slot);
        return true;
      },
    }));
    expect(verdictsOf(both).get(PROMISES[id])!.verdict).toBe('kept');
  });
});

describe('the report', () => {
  test('says for people what broke, what was not seen and why, and what was kept', () => {
    const text = reportText(proveStrategy(overReport.plugin, { accesses: 300 }));
    expect(text).toMatch(/^over-report on keys: \d+ kept, 1 broken, \d+ unseen \(\d+ accesses, \d+ pages/);
    expect(text).toContain(`BROKEN  ${PROMISES.poolGain}: `);
    expect(text).toContain(`UNSEEN  the run ended earlier: ${PROMISES.poolGain}:\n`);
    expect(text).toContain(`kept    ${PROMISES.needs}\n`);
  });

  test('a store that refuses the plugin is one line', () => {
    const plugin = { ...kitSwap, id: 'needy', needs: { ...kitSwapNeeds, contents: CONTENTS } };
    expect(reportText([proveOn(plugin, 'keys')])).toBe(
      'needy on keys: refused, it needs CONTENTS, which a host of keys does not provide',
    );
  });
});

describe('the suite', () => {
  const collect = (plugin: AnyStrategyPlugin): ReadonlyMap<string, string> => {
    const results = new Map<string, string>();
    const skipped = (why: string): never => {
      throw new Error(why);
    };
    const run = (name: string, body: () => void): void => {
      try {
        (body as (context: object) => void)({ skip: skipped });
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
    const other = [...results.values()].filter((result) => result !== 'passed');
    expect(other.filter((result) => !result.startsWith('unseen: it '))).toEqual([]);
    expect(results.get(`kit-swap on keys: ${PROMISES.rescue}`)).toBe('unseen: it has no rescue');
    expect([...results.keys()]).toContain(`kit-swap on bytes: ${PROMISES.reads}`);
  });

  test('fails the broken promise, and those that could not be seen say which one broke', () => {
    const results = collect(changed((sound) => withBacking(sound, { peek: () => undefined })));
    expect(results.get(`changed on keys: ${PROMISES.reads}`)).toContain('peek of page');
    expect(results.get(`changed on keys: ${PROMISES.salts}`)).toBe(
      `not seen: the run ended earlier: ${PROMISES.reads}`,
    );
  });
});
