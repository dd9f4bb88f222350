import type { Pages } from '../units/page.ts';
import { toPages } from '../units/page.ts';
import type { HostMemoryState, StateThreshold } from '../ports/memory-state.ts';
import { HOST_MEMORY_STATES } from '../ports/memory-state.ts';
import { minFree } from './min-free.ts';
import type { MemoryStateModel } from './models.ts';
import { watermarks } from './watermarks.ts';
import type { ThresholdPages } from '../ports/pressure.ts';

/** A model's thresholds on a host of a given size, in pages. */
export interface ResolvedModel {
  readonly thresholds: ThresholdPages;
  /** For nextState: the states below high, mildest first. */
  readonly states: readonly StateThreshold[];
  /** Where orders for each of these states begin: the same with `earlyPercent` more free memory. */
  readonly early: readonly StateThreshold[];
  /** Below the high threshold, where there is one: large pages may be broken there. */
  readonly high: StateThreshold | undefined;
  /** Free pages that reclaim works towards. */
  readonly wanted: Pages;
  /** What thresholds are percentages of where its basis is minFree; Linux's min watermark. */
  readonly minFree: Pages;
  /** Frames that the model keeps for reclaim alone: up to Linux's min watermark. Absent: `reserve` says. */
  readonly reserve?: Pages;
}

/** Puts a model on a host of `managed` pages: memory less what the VMkernel keeps. */
export function resolveModel(model: MemoryStateModel, managed: Pages): ResolvedModel {
  return model.basis === 'watermarks' ? onWatermarks(model, managed) : byPercent(model, managed);
}

/** A watermark is not met while no more than it is free (__zone_watermark_ok): there a state is entered, or goes on. */
function onWatermarks(model: MemoryStateModel, managed: Pages): ResolvedModel {
  const { min, distance } = watermarks(managed, model);
  const thresholds: Partial<Record<HostMemoryState, Pages>> = {};
  const states: StateThreshold[] = [];
  let milder: Pages | undefined;
  for (const state of HOST_MEMORY_STATES) {
    const percent = model.thresholds[state];
    if (percent === undefined) continue;
    const mark = toPages(min + Math.floor((distance * percent) / 100));
    thresholds[state] = mark;
    const leaveAbove = model.leaveOf === 'next' ? (milder ?? mark) : mark;
    if (state !== 'high') states.push({ state, enterBelow: mark + 1, leaveAbove });
    milder = mark;
  }
  const wanted = toPages((thresholds[model.wanted] ?? min) + 1);
  return { thresholds, states, early: [], high: undefined, wanted, minFree: min, reserve: min };
}

function byPercent(model: MemoryStateModel, managed: Pages): ResolvedModel {
  const least = minFree(managed, model.minFreePercent);
  const basis = model.basis === 'memory' ? managed : least;
  const { enterPercent = 100, earlyPercent = 0, leavePercent, leaveOf = 'own' } = model;
  const thresholds: Partial<Record<HostMemoryState, Pages>> = {};
  const states: StateThreshold[] = [];
  const early: StateThreshold[] = [];
  let high: StateThreshold | undefined;
  let milder: number | undefined;
  for (const state of HOST_MEMORY_STATES) {
    const percent = model.thresholds[state];
    if (percent === undefined) continue;
    const threshold = Math.floor((basis * percent) / 100);
    thresholds[state] = toPages(threshold);
    const left = leaveOf === 'next' ? (milder ?? threshold) : threshold;
    const boundary = (raisedPercent: number): StateThreshold => ({
      state,
      enterBelow: Math.floor((threshold * enterPercent * raisedPercent) / 10_000),
      leaveAbove: Math.floor((left * leavePercent * raisedPercent) / 10_000),
    });
    if (state === 'high') {
      high = boundary(100);
    } else {
      states.push(boundary(100));
      if (earlyPercent > 0) early.push(boundary(100 + earlyPercent));
    }
    milder = threshold;
  }
  return { thresholds, states, early, high, wanted: thresholds[model.wanted] ?? toPages(0), minFree: least };
}

/** The lowest of a host's thresholds; undefined where it has none. */
export function lowestThreshold({ thresholds }: ResolvedModel): Pages | undefined {
  const all = Object.values(thresholds);
  return all.length === 0 ? undefined : toPages(Math.min(...all));
}
