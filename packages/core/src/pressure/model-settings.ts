import { OverbookError } from '../units/errors.ts';
import type { ModelProblem } from './check-model.ts';
import { modelProblems } from './check-model.ts';
import type { MemoryStateModel } from './models.ts';
import { MEMORY_STATE_MODELS } from './models.ts';

/**
 * A model as a user writes it. With `base`, a shipped model with what is given put in its place, state by state where
 * it is a map. Without, a model of its own: `basis`, `thresholds` and `ladder` are needed, the rest has defaults.
 */
export type MemoryStateSettings = Partial<MemoryStateModel> & { readonly base?: string };

/** Hysteresis of a model that does not state its own, in percent. */
const LEAVE_PERCENT = 110;

/**
 * The model that settings come to, or what is wrong with them. Unknown bases are a problem of key `base`.
 */
export function readModel(
  settings: MemoryStateSettings,
): { readonly model: MemoryStateModel } | { readonly problems: readonly ModelProblem[] } {
  const { base, ...given } = settings;
  const shipped = base === undefined ? undefined : MEMORY_STATE_MODELS[base];
  if (base !== undefined && shipped === undefined) {
    const what = `there is no memory-state model '${base}'`;
    return { problems: [{ path: ['base'], what, mend: `Name one of ${SHIPPED_IDS}.` }] };
  }
  if (shipped === undefined) {
    const missing = (['basis', 'thresholds', 'ladder'] as const).filter((key) => given[key] === undefined);
    if (missing.length > 0) {
      const what = `${missing.map((key) => `'${key}'`).join(', ')} missing in a user-defined memory-state model`;
      const mend = `Add ${missing.length === 1 ? 'it' : 'them'}, or name a \`base\`: ${SHIPPED_IDS}.`;
      return { problems: [{ path: [], what, mend }] };
    }
  }
  const model = shipped === undefined ? ownModel(given) : changedModel(shipped, given);
  const problems = modelProblems(model);
  return problems.length > 0 ? { problems } : { model };
}

/**
 * The model that settings come to: the id of a shipped one, `direct` for none, a model, or changes to a shipped one.
 * @throws OVB_MODEL_UNKNOWN, OVB_MODEL_INVALID
 */
export function memoryStateModel(settings: string | MemoryStateSettings, at: string): MemoryStateModel {
  if (settings === 'direct') return NO_STATES;
  const read = readModel(typeof settings === 'string' ? { base: settings } : settings);
  if ('model' in read) return read.model;
  const { path, what, mend } = read.problems[0]!;
  throw new OverbookError(path[0] === 'base' ? 'OVB_MODEL_UNKNOWN' : 'OVB_MODEL_INVALID', at, what, mend);
}

const SHIPPED_IDS = Object.keys(MEMORY_STATE_MODELS).join(', ');

/** `direct`: no thresholds, one frame at a time when the pool is empty. */
const NO_STATES: MemoryStateModel = {
  id: 'direct',
  title: 'No memory states',
  source: 'the user',
  basis: 'memory',
  thresholds: {},
  wanted: 'high',
  leavePercent: 100,
  ladder: {},
  assumed: [],
};

function ownModel(given: Partial<MemoryStateModel>): MemoryStateModel {
  const thresholds = given.thresholds!;
  return {
    id: 'user-defined',
    title: 'User-defined memory states',
    source: 'the user',
    basis: given.basis!,
    leavePercent: LEAVE_PERCENT,
    wanted: thresholds.clear === undefined ? 'high' : 'clear',
    assumed: ['the whole model is set by the user'],
    ...given,
    thresholds,
    ladder: given.ladder!,
  };
}

function changedModel(base: MemoryStateModel, given: Partial<MemoryStateModel>): MemoryStateModel {
  const changed = Object.keys(given);
  if (changed.length === 0) return base;
  return {
    ...base,
    id: `${base.id}, changed`,
    title: `${base.title}, changed`,
    ...given,
    thresholds: { ...base.thresholds, ...given.thresholds },
    ladder: { ...base.ladder, ...given.ladder },
    largePages: { ...base.largePages, ...given.largePages },
    assumed: [`${changed.join(', ')} set by the user, the rest as follows`, ...base.assumed],
  };
}
