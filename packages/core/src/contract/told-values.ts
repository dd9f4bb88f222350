/** What plugins hand over, looked at once where it crosses to core: afterwards it is taken for granted. */
import type { Pages } from '../units/page.ts';
import type { ContractPromise } from './contract-promise.ts';
import { ContractViolation } from './contract-violation.ts';

/** What `create` returned. @throws ContractViolation when it is nothing, or a promise of it */
export function createdBy<T extends object>(plugin: string, made: T): T {
  const isObject = (typeof made === 'object' || typeof made === 'function') && made !== null;
  if (!isObject) throw broken(plugin, 'create returns an object', `got ${kindOf(made)}`);
  if (typeof (made as { then?: unknown }).then === 'function')
    throw broken(plugin, 'create returns at once', 'got a promise: create may not be async');
  return made;
}

/** Counters by name. @throws ContractViolation for what is no finite number */
export function countersOf(plugin: string, told: unknown): readonly (readonly [string, number])[] {
  if (typeof told !== 'object' || told === null)
    throw broken(plugin, 'vmCounters returns a map of numbers', `got ${kindOf(told)}`);
  return Object.entries(told).map(([name, value]: [string, unknown]) => {
    if (typeof value === 'number' && Number.isFinite(value)) return [name, value] as const;
    const shown = typeof value === 'number' ? String(value) : kindOf(value);
    throw broken(plugin, 'a counter is a finite number', `${JSON.stringify(name)} is ${shown}`);
  });
}

/** Frames that a plugin's storage uses. @throws ContractViolation for what is no whole number of them */
export function footprintOf(plugin: string, told: Pages): Pages {
  if (Number.isSafeInteger(told) && told >= 0) return told;
  const shown = typeof told === 'number' ? String(told) : kindOf(told);
  throw broken(plugin, 'a footprint is a whole number of frames', `got ${shown}`);
}

function kindOf(value: unknown): string {
  return value === null ? 'null' : typeof value;
}

function broken(plugin: string, promise: ContractPromise, numbers: string): ContractViolation {
  return new ContractViolation(plugin, promise, numbers);
}
