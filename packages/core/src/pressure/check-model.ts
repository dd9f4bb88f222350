import type { HostMemoryState } from '../ports/memory-state.ts';
import { HOST_MEMORY_STATES, severity } from '../ports/memory-state.ts';
import type { MemoryStateModel } from './models.ts';

/** One thing wrong with a model: where in it, what, and the mend. */
export interface ModelProblem {
  readonly path: readonly (string | number)[];
  readonly what: string;
  readonly mend: string;
}

/** Linux keeps no less (mm/page_alloc.c). */
const LEAST_KBYTES = 128;
const GIVERS: readonly string[] = ['above-target', 'by-size'];
const LARGE_PAGE_ACTIONS: readonly string[] = ['keep', 'break-cold', 'break-all'];
const BASES: readonly string[] = ['memory', 'minFree', 'watermarks'];
const KNOWN_STATES = HOST_MEMORY_STATES.join(', ');

/** Everything wrong with a model that the host could not live with. Types are checked too: a plain object may come. */
export function modelProblems(model: MemoryStateModel): readonly ModelProblem[] {
  return [
    ...thresholdProblems(model),
    ...orderProblems(model),
    ...percentProblems(model),
    ...stateProblems(model),
    ...ladderProblems(model),
    ...giverProblems(model),
  ];
}

function isState(name: string): name is HostMemoryState {
  return (HOST_MEMORY_STATES as readonly string[]).includes(name);
}

function thresholdProblems({ thresholds, basis, wanted }: MemoryStateModel): readonly ModelProblem[] {
  const problems: ModelProblem[] = [];
  const most = basis === 'memory' ? 100 : 10_000;
  // At Linux's min watermark itself a threshold is 0 % above it.
  const least = basis === 'watermarks' ? 0 : Number.MIN_VALUE;
  if (!BASES.includes(basis))
    problems.push({
      path: ['basis'],
      what: `basis is '${String(basis)}'`,
      mend: 'Give memory, minFree or watermarks.',
    });
  for (const [state, percent] of Object.entries(thresholds)) {
    const path = ['thresholds', state];
    if (!isState(state))
      problems.push({ path, what: `there is no state '${state}'`, mend: `States are ${KNOWN_STATES}.` });
    else if (typeof percent !== 'number' || !(percent >= least) || percent > most)
      problems.push({
        path,
        what: `the threshold of ${state} is ${String(percent)} % of ${basis}`,
        mend: `Give a number ${least === 0 ? 'of at least' : 'above'} 0, at most ${most}.`,
      });
  }
  if (!Object.keys(thresholds).some((state) => isState(state) && state !== 'high')) {
    const mend = 'Give at least one of clear, soft, hard, low; or use `direct`.';
    problems.push({ path: ['thresholds'], what: 'no state below high has a threshold', mend });
  }
  if (thresholds[wanted] === undefined) {
    const what = `reclaim works towards the threshold of '${String(wanted)}', which has none`;
    const mend = `Set \`wanted\` to one of ${Object.keys(thresholds).join(', ')}.`;
    problems.push({ path: ['wanted'], what, mend });
  }
  return problems;
}

/** Thresholds must fall from high to low, or a state could never be entered. */
function orderProblems({ thresholds }: MemoryStateModel): readonly ModelProblem[] {
  const set = HOST_MEMORY_STATES.filter((state) => typeof thresholds[state] === 'number');
  return set.slice(1).flatMap((state, i) => {
    const milder = set[i]!;
    if (thresholds[state]! < thresholds[milder]!) return [];
    const [own, above] = [thresholds[state]!, thresholds[milder]!];
    const what = `the threshold of ${state}, ${own}, is not below that of ${milder}, ${above}`;
    const mend = `Lower ${state} or raise ${milder}: thresholds fall from high to low, or ${milder} could never hold.`;
    return [{ path: ['thresholds', state], what, mend }];
  });
}

function percentProblems(model: MemoryStateModel): readonly ModelProblem[] {
  const within = (key: keyof MemoryStateModel, least: number, most: number, why: string): ModelProblem[] => {
    const value = model[key];
    if (value === undefined || (typeof value === 'number' && value >= least && value <= most)) return [];
    const what = `${key} is ${JSON.stringify(value)}: ${why}`;
    return [{ path: [key], what, mend: `Give ${least} to ${most}.` }];
  };
  return [
    ...within('leavePercent', 100, 1000, 'a state would be left below the threshold at which it is entered'),
    ...within('enterPercent', 1, 100, 'a state is entered at or below its threshold'),
    ...within('earlyPercent', 0, 90, 'orders start this far ahead of a threshold or limit'),
    ...within(
      'minFreePercent',
      0,
      50,
      'Mem.MemMinFreePct is a percentage of memory, 0 for the sliding scale',
    ),
    ...within('watermarkScale', 1, 1000, 'vm.watermark_scale_factor is parts of 10,000 of memory'),
    ...within('minFreeKbytes', LEAST_KBYTES, Number.MAX_SAFE_INTEGER, 'vm.min_free_kbytes is in kB'),
    ...(model.basis !== 'minFree' && (model.minFreePercent ?? 0) > 0
      ? [unused(model, 'minFreePercent')]
      : []),
    ...(['minFreeKbytes', 'watermarkScale'] as const).flatMap((key) =>
      model.basis !== 'watermarks' && model[key] !== undefined ? [unused(model, key)] : [],
    ),
  ];
}

/** A key that says nothing to a model of this basis. */
function unused({ basis }: MemoryStateModel, key: keyof MemoryStateModel): ModelProblem {
  const meant = key === 'minFreePercent' ? 'minFree' : 'watermarks';
  return {
    path: [key],
    what: `${key} is set, but thresholds are ${basis === 'memory' ? 'percentages of memory' : `of the basis ${basis}`}`,
    mend: `Leave it out, or give thresholds of ${meant} (\`basis: ${meant}\`).`,
  };
}

/** Who gives, and what only orders ask: words and names. */
function giverProblems({ givers, byOrderOnly = [], ladder }: MemoryStateModel): readonly ModelProblem[] {
  const problems: ModelProblem[] = [];
  if (givers !== undefined && !GIVERS.includes(givers))
    problems.push({
      path: ['givers'],
      what: `givers is '${String(givers)}'`,
      mend: `Give ${GIVERS.join(' or ')}.`,
    });
  const asked = new Set(Object.values(ladder).flat());
  byOrderOnly.forEach((id, i) => {
    if (!asked.has(id)) return;
    const what = `'${id}' acts by orders only and is on a ladder`;
    problems.push({ path: ['byOrderOnly', i], what, mend: 'Name it in one of the two.' });
  });
  return problems;
}

/** States named outside the thresholds: known ones that can be entered. */
function stateProblems({
  thresholds,
  largePages = {},
  blocksIn = [],
}: MemoryStateModel): readonly ModelProblem[] {
  const named: readonly { readonly path: readonly (string | number)[]; readonly state: string }[] = [
    ...Object.keys(largePages).map((state) => ({ path: ['largePages', state], state })),
    ...blocksIn.map((state, i) => ({ path: ['blocksIn', i], state: state as string })),
  ];
  const problems: ModelProblem[] = named.flatMap(({ path, state }) => notEntered(path, state, thresholds));
  for (const [state, action] of Object.entries(largePages)) {
    if (LARGE_PAGE_ACTIONS.includes(action)) continue;
    const what = `large pages in ${state}: there is no action '${String(action)}'`;
    problems.push({ path: ['largePages', state], what, mend: `Give ${LARGE_PAGE_ACTIONS.join(', ')}.` });
  }
  return problems;
}

function ladderProblems({ ladder, thresholds }: MemoryStateModel): readonly ModelProblem[] {
  return Object.entries(ladder).flatMap(([state, rungs]) => {
    const path = ['ladder', state];
    const problems = [...notEntered(path, state, thresholds)];
    if (state === 'high' && rungs.length > 0) {
      const mend = 'Leave it out; to reclaim, a state needs a threshold of its own.';
      problems.push({ path, what: 'nothing is reclaimed in high', mend });
    }
    rungs.forEach((id, i) => {
      if (rungs.indexOf(id) < i)
        problems.push({
          path: [...path, i],
          what: `'${id}' is on the ladder of ${state} twice`,
          mend: 'Name it once.',
        });
    });
    return problems;
  });
}

function notEntered(
  path: readonly (string | number)[],
  state: string,
  thresholds: MemoryStateModel['thresholds'],
): readonly ModelProblem[] {
  if (!isState(state))
    return [{ path, what: `there is no state '${state}'`, mend: `States are ${KNOWN_STATES}.` }];
  if (severity(state) === 0 || thresholds[state] !== undefined) return [];
  const what = `${state} has no threshold, so it is never entered`;
  return [{ path, what, mend: 'Give it a threshold, or leave it out here.' }];
}
