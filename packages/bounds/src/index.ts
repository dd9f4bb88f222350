/** @overbook/bounds: what no technique can beat, as strategies that know or have what no host does. */
export { belady } from './belady.ts';
export { beladyOptions, equalPagesOptions } from './options.ts';
export { equalPages } from './equal-pages.ts';
export { unlimitedMemory } from './unlimited-memory.ts';
