/** Contents of which whole numbers fill a frame: zsmalloc's chains for them are one frame long. */
import { noisyPage, tableOf, wordPage } from './contents.ts';

/** Contents: 0 to 7 are four to a frame, 8 to 15 two, 16 to 19 do not shrink, 20 is zeros, 21 to 23 repeat a word. */
export const table = tableOf([
  ...Array.from({ length: 8 }, (_, i) => noisyPage(i, 980)),
  ...Array.from({ length: 8 }, (_, i) => noisyPage(50 + i, 1950)),
  ...Array.from({ length: 4 }, (_, i) => noisyPage(90 + i, 4096)),
  new Uint8Array(4096),
  ...Array.from({ length: 3 }, (_, i) => wordPage(0x0507 + i)),
]);

/** Pages to a frame. */
const TO_A_FRAME = { quarter: 4, half: 2, whole: 1 } as const;
export type Sized = keyof typeof TO_A_FRAME;
export type Fate = Sized | 'zeros' | 'word';

export function fateOf(content: number): Fate {
  if (content < 8) return 'quarter';
  if (content < 16) return 'half';
  if (content < 20) return 'whole';
  return content === 20 ? 'zeros' : 'word';
}

export interface Entry {
  readonly vm: number;
  readonly page: number;
  readonly frame: PlainFrame;
  passed: boolean;
}
interface PlainFrame {
  readonly fate: Sized;
  readonly pages: Set<Entry>;
  /** When it came to be as full as it is. */
  entered: number;
}

/** A pool as plain lists that are searched whole. */
export class PlainFrames {
  frames: PlainFrame[] = [];
  /** By VM, oldest first. */
  readonly lists: Entry[][];
  #stamp = 0;

  constructor(vms: number) {
    this.lists = Array.from({ length: vms }, () => []);
  }

  /** True where the page needs a frame more. */
  needsFrame(fate: Sized): boolean {
    return this.#open(fate).length === 0;
  }

  keep(vm: number, page: number, fate: Sized): void {
    const [fullest] = this.#open(fate);
    const frame = fullest ?? { fate, pages: new Set<Entry>(), entered: 0 };
    if (fullest === undefined) this.frames.push(frame);
    const entry: Entry = { vm, page, frame, passed: false };
    frame.pages.add(entry);
    frame.entered = ++this.#stamp;
    this.lists[vm]!.push(entry);
  }

  /** Does nothing for a page that is kept as a word. */
  take(vm: number, page: number): void {
    const list = this.lists[vm]!;
    const entry = list.find((one) => one.page === page);
    if (entry === undefined) return;
    list.splice(list.indexOf(entry), 1);
    const { frame } = entry;
    frame.pages.delete(entry);
    frame.entered = ++this.#stamp;
    if (frame.pages.size === 0) this.frames.splice(this.frames.indexOf(frame), 1);
  }

  #open(fate: Sized): PlainFrame[] {
    return this.frames
      .filter((one) => one.fate === fate && one.pages.size < TO_A_FRAME[fate])
      .sort((x, y) => y.pages.size - x.pages.size || y.entered - x.entered);
  }
}
