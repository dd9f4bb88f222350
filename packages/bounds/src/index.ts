/** @overbook/bounds: what no technique can beat, as strategies that know or have what no host does. */
export { belady } from './belady.ts';
export { beladyOptions } from './options.ts';
export { unlimitedMemory } from './unlimited-memory.ts';
