/** Between pieces of long work in one thread: lets the event loop have its turn, so that an interrupt is heard. */
import { setImmediate } from 'node:timers/promises';

/** Resolves in the next turn of the event loop. No result depends on when that is. */
export function nextTurn(): Promise<void> {
  return setImmediate();
}
