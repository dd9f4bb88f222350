/** What the descriptions of verbs have in common. */
import type { Io } from './process/io.ts';

/** Makes an action of a command that is loaded when it is used; its exit code becomes the program's. */
export type Runs = <A extends unknown[]>(
  load: () => Promise<(io: Io, ...rest: A) => number | Promise<number>>,
) => (...rest: A) => Promise<void>;

/** Of an option that may be repeated. */
export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
