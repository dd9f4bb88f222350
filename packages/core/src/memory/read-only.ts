/**
 * A view of plain data that shows what it holds now and cannot be written: a plugin that tries throws, under its own
 * name, and changes nothing for others.
 */
export function readOnly<T extends object>(data: T): T {
  const view = {};
  for (const key of Object.keys(data) as (keyof T)[])
    Object.defineProperty(view, key, { enumerable: true, get: () => data[key] });
  return Object.freeze(view) as T;
}
