import { PassThrough, Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';

import { toPages } from '@overbook/core';
import { composeHost } from '@overbook/core/host';
import { render } from 'ink';
import { createElement } from 'react';
import { expect, test } from 'vitest';

import { TopApp } from './top-app.ts';
import { TopControl } from './top-control.ts';
import type { Leaving } from './top-store.ts';
import { TopStore } from './top-store.ts';

/** A terminal of 80 by 24 that keeps what is drawn. */
function terminal() {
  const frames: string[] = [];
  const output = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      frames.push(chunk.toString());
      done();
    },
  });
  const input = new PassThrough();
  const stdout = Object.assign(output, { columns: 80, rows: 24, isTTY: true });
  const stdin = Object.assign(input, {
    isTTY: true,
    setRawMode: () => input,
    ref: () => input,
    unref: () => input,
  });
  return { frames, stdin, stdout };
}

/** Lets ink and React do what is due. */
async function settled(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
}

test('the screen is drawn, follows samples and keys, and fits the terminal after it was resized', async () => {
  const host = composeHost({
    memory: toPages(2560),
    vms: [
      { name: 'web', size: toPages(512) },
      { name: 'database', size: toPages(1024) },
    ],
    strategies: [],
    memoryStates: 'direct',
  });
  const control = new TopControl();
  control.periodMs = 1000;
  const left: Leaving[] = [];
  const store = new TopStore(control, 'quickstart', (why) => left.push(why));
  const { frames, stdin, stdout } = terminal();
  const app = render(createElement(TopApp, { store }), {
    stdout: stdout as unknown as NodeJS.WriteStream,
    stdin: stdin as unknown as NodeJS.ReadStream,
    debug: true,
    exitOnCtrlC: false,
    patchConsole: false,
  });
  const last = (): readonly string[] => stripVTControlCharacters(frames.at(-1)!).split('\n');
  await settled();
  expect(last().join('\n')).toMatch(/0\.0 s {2}0 %[^]*quickstart[^]*reading the scenario[^]*q quit/);
  store.planned('quickstart: classic on 493 MiB, seed 1');
  await settled();
  expect(last().join('\n')).toMatch(/classic on 493 MiB, seed 1[^]*waiting for the first sample/);
  store.sampled(host.counters(), 0.5);
  await settled();
  expect(last().join('\n')).toMatch(/50 %[^]*PMEM {3}MiB[^]*NAME +MEMSZ[^]*web +2\.0[^]*database +4\.0/);
  stdin.write('M');
  await settled();
  expect(last().join('\n')).toMatch(/NAME +MEMSZ[^]*database +4\.0[^]*web +2\.0/);
  stdout.columns = 50;
  stdout.rows = 14;
  stdout.emit('resize');
  await settled();
  expect(last().length).toBeLessThan(14);
  for (const line of last()) expect(line.length).toBeLessThanOrEqual(50);
  stdin.write('q');
  await settled();
  expect(left).toEqual(['quit']);
  app.unmount();
});
