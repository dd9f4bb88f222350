/** The screen of `overbook top` in ink: lines, looks, keys. What the lines say is top-lines.ts. */
import { Box, Text, useInput, useStdout } from 'ink';
import type { ReactElement } from 'react';
import { createElement as h, useEffect, useState, useSyncExternalStore } from 'react';

import type { Line, Piece, Size } from '../render/memory-screen.ts';
import { topLines } from './top-lines.ts';
import type { TopStore } from './top-store.ts';

const STATE_COLORS: Readonly<Record<string, string>> = { soft: 'yellow', hard: 'red', low: 'redBright' };

function looksOf({ look, text }: Piece): Parameters<typeof Text>[0] {
  if (look === 'label') return { bold: true };
  if (look === 'heading') return { inverse: true };
  if (look === 'dim') return { dimColor: true };
  return look === 'state' ? { color: STATE_COLORS[text] ?? 'green' } : {};
}

function DrawnLine({ line }: { readonly line: Line }): ReactElement {
  return h(
    Text,
    { wrap: 'truncate' },
    // An empty line must keep its height.
    line.every(({ text }) => text === '')
      ? ' '
      : line.map((piece, i) => h(Text, { key: i, ...looksOf(piece) }, piece.text)),
  );
}

/** Size of the terminal, kept up with. One row stays free, or ink would clear the whole screen for every frame. */
function useSize(): Size {
  const { stdout } = useStdout();
  const read = (): Size => ({ columns: stdout.columns, rows: stdout.rows - 1 });
  const [size, setSize] = useState(read);
  useEffect(() => {
    const resized = (): void => setSize(read());
    stdout.on('resize', resized);
    return () => void stdout.off('resize', resized);
  }, [stdout]);
  return size;
}

export function TopApp({ store }: { readonly store: TopStore }): ReactElement {
  const state = useSyncExternalStore(store.subscribe, store.state);
  const size = useSize();
  useInput((input, key) =>
    store.pressed({
      input,
      left: key.leftArrow,
      right: key.rightArrow,
      up: key.upArrow,
      down: key.downArrow,
      enter: key.return,
      escape: key.escape,
      erase: key.backspace || key.delete,
      interrupt: key.ctrl && input === 'c',
    }),
  );
  return h(
    Box,
    { flexDirection: 'column' },
    topLines(state, size).map((line, i) => h(DrawnLine, { key: i, line })),
  );
}
