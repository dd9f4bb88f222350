/** In a worker thread: what ends a process is an error instead, so that a plugin that calls it is told by name. */

/** For this thread, from now on. @param called is told which function was called */
export function forbidExit(called: (name: string) => void = () => undefined): void {
  for (const name of ['exit', 'reallyExit', 'abort', 'kill'] as const) {
    Object.defineProperty(process, name, {
      configurable: true,
      value: () => {
        called(name);
        throw new Error(`it called process.${name}, which would end the whole program`);
      },
    });
  }
}
