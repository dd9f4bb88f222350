/** @overbook/bounds: what no technique can beat, as strategies that know what no host knows. */
export { belady } from './belady.ts';
export { beladyOptions } from './options.ts';
