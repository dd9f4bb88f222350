import { expect, test } from 'vitest';

import { commandLine } from './command-line.ts';

test('holds what decides figures, in one order, as a shell takes it', () => {
  const options = {
    seeds: '5',
    mix: ['a', "it's"],
    with: ['patch,hostswap'],
    baseline: 'a',
    hostMemory: '60%',
    check: true as const,
    workers: '3',
    out: 'results',
  };
  expect(commandLine('compare', 'my scenario.yaml', options)).toBe(
    String.raw`overbook compare 'my scenario.yaml' --mix a --mix 'it'\''s' --with patch,hostswap --baseline a ` +
      '--seeds 5 --host-memory 60% --check',
  );
});

test('tells nothing of where files are on this machine', () => {
  const options = { plugin: ['/home/me/patch.ts', './own.ts'], mix: 'a' };
  expect(commandLine('run', '/home/me/s.yaml', options)).toBe(
    'overbook run s.yaml --mix a --plugin patch.ts --plugin ./own.ts',
  );
});
