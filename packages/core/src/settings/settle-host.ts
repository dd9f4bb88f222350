import { OVERHEAD_TABLES } from '../admission/overhead.ts';
import type { Overhead } from '../admission/overhead.ts';
import { defaultReserve } from '../pressure/default-reserve.ts';
import { memoryStateModel } from '../pressure/model-settings.ts';
import type { MemoryStateModel } from '../pressure/models.ts';
import { lowestThreshold, resolveModel } from '../pressure/resolve-model.ts';
import { OverbookError } from '../units/errors.ts';
import { toPages } from '../units/page.ts';
import type { HostSettings, HostValues } from './host-settings.ts';
import { hostProfile } from './host-profiles.ts';
import { HOST_SETTINGS } from './host-settings.ts';
import type { SettledSetting } from './settle.ts';
import { refuseUnknown, settle } from './settle.ts';

/** A host with nothing left open. */
export interface SettledHost {
  /** Every value, in pages and milliseconds. */
  readonly values: HostValues;
  /** Every value with where it came from, in the order of the table, then those of the memory-state model. */
  readonly settings: readonly SettledSetting[];
  /** The memory states that `memoryStates` comes to. */
  readonly model: MemoryStateModel;
}

/**
 * The host that settings come to: what composeHost makes, and what footers and results print.
 * @param at for messages
 * @throws OVB_SETTING_INVALID, OVB_MODEL_UNKNOWN, OVB_MODEL_INVALID
 */
export function settleHost(host: HostSettings, at = 'host'): SettledHost {
  const { memory, pools = [], ...given } = host;
  refuseUnknown(HOST_SETTINGS, given, '', at);
  const { values, settings } = settle(HOST_SETTINGS, given, memory, at, hostProfile(host.profile).settings);
  const model = memoryStateModel(values.memoryStates, at);
  checkOverhead(values.overhead, at);
  const resolved = resolveModel(model, toPages(Math.max(0, memory - values.vmkernel)));
  const reserve = host.reserve ?? resolved.reserve ?? defaultReserve(memory, lowestThreshold(resolved));
  return {
    values: { ...values, reserve, memory, pools },
    settings: [
      ...settings.map((one) => (one.key === 'reserve' ? { ...one, value: reserve } : one)),
      ...modelSettings(model),
    ],
    model,
  };
}

/** @throws OVB_SETTING_INVALID for an overhead that is neither pages nor a table */
function checkOverhead(overhead: Overhead, at: string): void {
  const tables = ['none', ...Object.keys(OVERHEAD_TABLES)];
  if (
    typeof overhead === 'number' ? Number.isSafeInteger(overhead) && overhead >= 0 : tables.includes(overhead)
  )
    return;
  throw new OverbookError(
    'OVB_SETTING_INVALID',
    at,
    `setting overhead is ${String(overhead)}`,
    `Give a whole number of pages, or one of ${tables.join(', ')}.`,
  );
}

/** What a memory-state model settles, one entry for each of its keys. */
function modelSettings(model: MemoryStateModel): readonly SettledSetting[] {
  const { id: _id, title: _title, names: _names, source, assumed: _assumed, ...rules } = model;
  return Object.entries(rules).map(([key, value]) => ({
    key: `memoryStates.${key}`,
    value,
    said: typeof value === 'object' ? JSON.stringify(value) : String(value),
    from: 'model' as const,
    source,
  }));
}
