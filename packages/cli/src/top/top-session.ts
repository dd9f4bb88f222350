/** One sitting at the live screen: takes the terminal over, and always gives it back as it was. */
import type { Outcome } from '@overbook/lab';
import { render } from 'ink';
import { createElement } from 'react';

import { TopApp } from './top-app.ts';
import { TopControl } from './top-control.ts';
import type { TopTask } from './top-run.ts';
import { startRun } from './top-run.ts';
import type { Leaving, TopState } from './top-store.ts';
import { TopStore } from './top-store.ts';

const ENTER_SCREEN = '\u001B[?1049h\u001B[H';
const LEAVE_SCREEN = '\u001B[?1049l\u001B[?25h';
const FRAMES_PER_SECOND = 15;

/** How it ended, and the screen as it last was. */
export interface Sitting {
  readonly why: 'over' | Leaving;
  /** What the run came to, where it came to its end. */
  readonly outcome?: Outcome;
  readonly last: TopState;
}

export interface TopSettings extends Omit<TopTask, 'control'> {
  readonly periodMs: number;
  readonly speedPercent: number;
}

/**
 * Runs the scenario and shows it until it is over or the user leaves. @throws what planning throws and whatever breaks
 * later, after the terminal is as it was
 */
export async function sit(settings: TopSettings, signal: AbortSignal): Promise<Sitting> {
  const control = new TopControl();
  control.periodMs = settings.periodMs;
  control.speedPercent = settings.speedPercent;
  const screen = new Screen();
  let stop = (): void => undefined;
  try {
    return await new Promise<Sitting>((resolve, reject) => {
      const leave = (why: Sitting['why'], outcome?: Outcome): void =>
        resolve({ why, last: store.state(), ...(outcome === undefined ? {} : { outcome }) });
      // Shown at once: until the first sample there is something to see, and keys do not reach the shell.
      const store = new TopStore(control, settings.path, leave);
      screen.show(store, reject);
      signal.addEventListener('abort', () => leave('interrupted'), { once: true });
      stop = startRun(settings, control, {
        planned: (title) => store.planned(title),
        sampled: (counters, done) => store.sampled(counters, done),
        over: (outcome) => leave('over', outcome),
        failed: reject,
      });
    });
  } finally {
    stop();
    screen.restore();
  }
}

/** The terminal while the live screen has it. */
class Screen {
  #unmount: (() => void) | undefined;
  /** However the process ends, the terminal is not left in the screen's hands. */
  readonly #onExit = (): void => this.restore();

  show(store: TopStore, failed: (error: unknown) => void): void {
    process.stdout.write(ENTER_SCREEN);
    process.once('exit', this.#onExit);
    const app = render(createElement(TopApp, { store }), {
      exitOnCtrlC: false,
      patchConsole: false,
      maxFps: FRAMES_PER_SECOND,
    });
    this.#unmount = () => app.unmount();
    app.waitUntilExit().catch(failed);
  }

  restore(): void {
    if (this.#unmount === undefined) return;
    const unmount = this.#unmount;
    this.#unmount = undefined;
    process.off('exit', this.#onExit);
    unmount();
    process.stdout.write(LEAVE_SCREEN);
  }
}
