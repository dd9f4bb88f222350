/** Lines of the memory screen with terminal colours: the same looks that `overbook top` draws. */
import pc from 'picocolors';

import type { Line } from './memory-screen.ts';
import { textOf } from './memory-screen.ts';

/** One line as text; without colour it is the text alone. */
export function painted(line: Line, color: boolean): string {
  if (!color) return textOf(line);
  const paint = pc.createColors(true);
  const states: Readonly<Record<string, (text: string) => string>> = {
    soft: paint.yellow,
    hard: paint.red,
    low: (text) => paint.bold(paint.red(text)),
  };
  return line
    .map(({ text, look }) => {
      if (look === 'label') return paint.bold(text);
      if (look === 'heading') return paint.inverse(text);
      if (look === 'dim') return paint.dim(text);
      return look === 'state' ? (states[text] ?? paint.green)(text) : text;
    })
    .join('');
}
