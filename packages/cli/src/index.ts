/** @overbook/cli: the `overbook` command as a function. */
export { main } from './main.ts';
export type { Io } from './process/io.ts';
export { EXIT } from './process/io.ts';
