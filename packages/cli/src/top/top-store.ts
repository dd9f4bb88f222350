/** What the screen shows now: samples come from a run, keys from a person; the screen is drawn anew after each. */
import type { HostCounters } from '@overbook/core/host';

import type { MemorySample } from '../render/memory-fields.ts';
import { DEFAULT_KEYS, FIELD_GROUPS } from '../render/memory-fields.ts';
import type { Sort, View } from '../render/memory-screen.ts';
import { SORTS, scrollEnd } from '../render/memory-screen.ts';
import type { TopControl } from './top-control.ts';

/** What the screen shows: the memory screen, or a view opened over it. */
export type Mode = 'memory' | 'fields' | 'help' | 'interval';

/** Why the screen was left. */
export type Leaving = 'quit' | 'interrupted';

export interface TopState {
  readonly title: string;
  /** False while the scenario is read. */
  readonly isPlanned: boolean;
  readonly sample?: MemorySample;
  /** Part of all guests' work that is done, 0..1. */
  readonly done: number;
  readonly mode: Mode;
  readonly view: View;
  /** What was typed for the interval so far, in seconds. */
  readonly typed: string;
  readonly paused: boolean;
  readonly periodMs: number;
  readonly speedPercent: number;
}

/** A key as the terminal tells it. */
export interface Pressed {
  readonly input: string;
  readonly left?: boolean;
  readonly right?: boolean;
  readonly up?: boolean;
  readonly down?: boolean;
  readonly enter?: boolean;
  readonly escape?: boolean;
  readonly erase?: boolean;
  readonly interrupt?: boolean;
}

const PERIOD_MS_MAX = 3_600_000;

/** The screen's state and what changes it. Pure but for the control that it shares with the run. */
export class TopStore {
  readonly #control: TopControl;
  readonly #leave: (why: Leaving) => void;
  readonly #watchers = new Set<() => void>();
  #state: TopState;

  constructor(control: TopControl, title: string, leave: (why: Leaving) => void) {
    this.#control = control;
    this.#leave = leave;
    const view: View = { fields: DEFAULT_KEYS, sort: 'N', fromField: 0, fromRow: 0 };
    this.#state = { title, isPlanned: false, done: 0, mode: 'memory', view, typed: '', ...this.#told() };
  }

  readonly state = (): TopState => this.#state;

  readonly subscribe = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  };

  /** The scenario is read: the run begins. */
  planned(title: string): void {
    this.#set({ title, isPlanned: true });
  }

  sampled(counters: HostCounters, done: number): void {
    const before = this.#state.sample?.counters;
    this.#set({ sample: { counters, ...(before === undefined ? {} : { before }) }, done });
  }

  /** Keys that were pressed in quick succession come as one input. */
  pressed(key: Pressed): void {
    if (key.interrupt === true || key.input.length < 2) this.#press(key);
    else for (const input of key.input) this.#press({ input });
  }

  #press(key: Pressed): void {
    if (key.interrupt === true) this.#leave('interrupted');
    else if (this.#state.mode === 'fields') this.#chooseFields(key);
    else if (this.#state.mode === 'interval') this.#typeInterval(key);
    else if (this.#state.mode === 'help') this.#set({ mode: 'memory' });
    else this.#command(key);
  }

  #command(key: Pressed): void {
    const { input } = key;
    if (key.left === true || key.right === true) this.#scroll('fields', key.right === true ? 1 : -1);
    else if (key.up === true || key.down === true) this.#scroll('rows', key.down === true ? 1 : -1);
    else if (input === 'q') this.#leave('quit');
    else if (input === 'f' || input === 'F') this.#set({ mode: 'fields' });
    else if (input === 's') this.#set({ mode: 'interval', typed: '' });
    else if (input === 'h' || input === '?') this.#set({ mode: 'help' });
    else if (Object.hasOwn(SORTS, input)) this.#look({ sort: input as Sort, fromRow: 0 });
    else if (input === ' ') this.#tell(() => (this.#control.paused = !this.#control.paused));
    else if (input === '+' || input === '=') this.#tell(() => this.#control.step(1));
    else if (input === '-') this.#tell(() => this.#control.step(-1));
  }

  #scroll(what: 'fields' | 'rows', by: number): void {
    const { sample, view } = this.#state;
    if (sample === undefined) return;
    const key = what === 'fields' ? 'fromField' : 'fromRow';
    const end = scrollEnd(sample, view.fields)[what];
    this.#look({ [key]: Math.max(0, Math.min(end, view[key] + by)) });
  }

  #chooseFields(key: Pressed): void {
    const letter = key.input.toLowerCase();
    if (FIELD_GROUPS.some((group) => group.key === letter)) {
      const fields = new Set(this.#state.view.fields);
      if (!fields.delete(letter)) fields.add(letter);
      this.#look({ fields, fromField: 0 });
    } else this.#set({ mode: 'memory' });
  }

  #typeInterval(key: Pressed): void {
    const { typed } = this.#state;
    if (key.erase === true) this.#set({ typed: typed.slice(0, -1) });
    else if (/^[\d.]$/.test(key.input)) this.#set({ typed: `${typed}${key.input}`.slice(0, 8) });
    else if (key.enter === true) {
      const periodMs = Math.round(Number(typed) * 1000);
      if (periodMs >= 1 && periodMs <= PERIOD_MS_MAX) this.#tell(() => (this.#control.periodMs = periodMs));
      this.#set({ mode: 'memory' });
    } else if (key.escape === true) this.#set({ mode: 'memory' });
  }

  #look(changes: Partial<View>): void {
    this.#set({ view: { ...this.#state.view, ...changes } });
  }

  #tell(change: () => void): void {
    change();
    this.#set(this.#told());
  }

  #told(): Pick<TopState, 'paused' | 'periodMs' | 'speedPercent'> {
    const { paused, periodMs, speedPercent } = this.#control;
    return { paused, periodMs, speedPercent };
  }

  #set(changes: Partial<TopState>): void {
    this.#state = { ...this.#state, ...changes };
    for (const watcher of this.#watchers) watcher();
  }
}
