/** @overbook/cli: the `overbook` command as a function. */
export { main } from './main.ts';
export { EXIT, type Io } from './process/io.ts';
