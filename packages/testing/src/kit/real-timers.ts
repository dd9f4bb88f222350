/** Kinds of real timers that a program can leave behind, and how each is cleared. */
const TIMERS = [
  ['setTimeout', 'clearTimeout'],
  ['setInterval', 'clearInterval'],
  ['setImmediate', 'clearImmediate'],
] as const;

type Globals = Record<string, (...given: unknown[]) => unknown>;

/**
 * Runs `run` and tells which timers of the real clock it set and did not clear. A run of the kit never returns to the
 * event loop: none of them can have fired. They are cleared at the end.
 */
export function withRealTimers<T>(run: (left: () => readonly string[]) => T): T {
  const globals = globalThis as unknown as Globals;
  const usual = new Map(TIMERS.flat().map((name) => [name, globals[name]!]));
  const open = new Map<unknown, string>();
  for (const [set, clear] of TIMERS) {
    globals[set] = (...given) => {
      const timer = usual.get(set)!(...given);
      open.set(timer, set);
      return timer;
    };
    globals[clear] = (timer) => {
      open.delete(timer);
      return usual.get(clear)!(timer);
    };
  }
  try {
    return run(() => [...open.values()]);
  } finally {
    for (const [name, value] of usual) globals[name] = value;
    for (const [set, clear] of TIMERS)
      for (const [timer, kind] of open) if (kind === set) usual.get(clear)!(timer);
  }
}
