import { readerSuite } from '@overbook/images/kit';
import { policySuite, strategySuite } from '@overbook/testing';
import { test } from 'vitest';

import { blocks } from './blocks/blocks.ts';
import { clones } from './clones/clones.ts';
import { calmBalloon } from './calm-balloon/calm-balloon.ts';
import { pageList } from './page-list/page-list.ts';
import { patch } from './patch/patch.ts';
import { zeroPages } from './zero-pages/zero-pages.ts';

strategySuite({ test, plugin: patch });
strategySuite({ test, plugin: zeroPages });
strategySuite({ test, plugin: clones });
// The kit's guests are smaller than a block of 2 MiB.
strategySuite({ test, plugin: blocks, options: { order: 2 } });
policySuite({ test, plugin: calmBalloon, strategies: ['balloon'] });

/** Pages 3, 0 and 9 in that order. */
const pages = [3, 0, 9].map((number) => [number, Buffer.alloc(4096, `page ${number} `)] as const);
function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}
const list = Buffer.concat([
  Buffer.from('PAGELIST'),
  u64(pages.length),
  ...pages.flatMap(([number, bytes]) => [u64(number), bytes]),
]);
readerSuite({
  test,
  reader: pageList,
  samples: [{ name: 'three pages', bytes: list, memory: new Map(pages) }],
});
