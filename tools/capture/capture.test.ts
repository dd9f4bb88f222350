/**
 * What can be tested of the capture tools without root and QEMU: the C compiles and writes traces that import, the
 * agent classes pages as @overbook/images does, the recorder's Python passes its tests and packs recordings that
 * import. Parts whose tools are missing are skipped.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { roleOf } from '@overbook/formats';
import { decodeRecording, encodeRecording, importRecording, importTrace } from '@overbook/traces';
import { afterAll, describe, expect, test } from 'vitest';

const here = import.meta.dirname;
const folder = mkdtempSync(join(tmpdir(), 'overbook-'));
afterAll(() => rmSync(folder, { recursive: true }));

function run(
  command: string,
  args: readonly string[],
  options: object = {},
): { status: number | null; err: string; out: Buffer } {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: here, maxBuffer: 1 << 26, ...options });
  return { status, err: String(stderr), out: Buffer.from(stdout ?? '') };
}
function lacks(command: string, ...args: string[]): boolean {
  return run(command, args).status !== 0;
}
const STRICT = ['-std=gnu11', '-O1', '-Wall', '-Wextra', '-Werror'];

describe.skipIf(lacks('cc', '--version'))('the C parts (needs cc)', () => {
  const sources = ['plugin', 'guest'].flatMap((part) =>
    readdirSync(join(here, part))
      .filter((file) => file.endsWith('.c'))
      .map((file) => `${part}/${file}`),
  );

  test.each(sources)('%s compiles without a warning', (source) => {
    expect(run('cc', [...STRICT, '-fsyntax-only', '-fPIC', source])).toMatchObject({ status: 0, err: '' });
  });

  test('traces of the writer import, in both codings', () => {
    const program = join(folder, 'obt-example');
    expect(run('cc', [...STRICT, '-o', program, 'plugin/obt-example.c', 'plugin/obt.c'])).toMatchObject({
      status: 0,
      err: '',
    });
    const traces = ['runs', 'plain'].map((coding) => {
      const path = join(folder, `${coding}.obt`);
      expect(run(program, [coding, path]).status).toBe(0);
      return importTrace(path);
    });
    expect(traces[0]).toEqual({
      name: 'example',
      source: 'obt-example, guest-virtual pages',
      space: 'guest-virtual',
      pages: 1200,
      everyInstructions: 1000,
      intervals: 3,
      instructions: Float64Array.of(1000, 1, 5_000_000_000),
      runStart: Uint32Array.of(0, 3, 3, 4),
      runFirst: Uint32Array.of(0, 3, 1000, 1199),
      runCount: Uint32Array.of(3, 1, 200, 1),
      runKind: Uint8Array.of(1, 3, 2, 3),
    });
    // Touched in the order 900, 7, 2^36, then 8, 900: pages are put in the order of these numbers.
    expect(traces[1]).toMatchObject({
      pageNumbers: Float64Array.of(7, 8, 900, 2 ** 36),
      runStart: Uint32Array.of(0, 3, 5),
      runFirst: Uint32Array.of(0, 2, 3, 1, 2),
      runKind: Uint8Array.of(3, 2, 1, 3, 1),
    });
  });

  test('contents that lasted are noted once they end, and not where a snapshot tells them', () => {
    const program = join(folder, 'steady-example');
    const sources = ['plugin/steady-example.c', 'plugin/steady.c'];
    expect(run('cc', [...STRICT, '-o', program, ...sources])).toMatchObject({ status: 0, err: '' });
    const path = join(folder, 'example.steady');
    expect(run(program, [path]).status).toBe(0);
    const bytes = readFileSync(path);
    const rows = Array.from({ length: bytes.length / 20 }, (_, row) => ({
      interval: bytes.readUInt32LE(row * 20),
      frame: bytes.readUInt32LE(row * 20 + 4),
      key: Number(bytes.readBigUInt64LE(row * 20 + 8)),
      compressed: bytes.readUInt16LE(row * 20 + 16),
    }));
    expect(rows).toEqual([
      { interval: 0, frame: 0, key: 100, compressed: 40 },
      { interval: 9, frame: 1, key: 131, compressed: 40 },
    ]);
  });

  test('the agent and @overbook/images make the same roles of page flags', () => {
    const program = join(folder, 'role-agent');
    expect(run('cc', [...STRICT, '-o', program, 'guest/role-agent.c'])).toMatchObject({ status: 0, err: '' });
    const bits = [2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 14, 18, 20, 23, 24, 26, 32];
    const flags = new BigUint64Array(1 << bits.length);
    for (let index = 0; index < flags.length; index++) {
      flags[index] = bits.reduce((sum, bit, at) => sum | (BigInt((index >> at) & 1) << BigInt(bit)), 0n);
    }
    const { out } = run(program, ['--roles'], { input: new Uint8Array(flags.buffer) });
    const words = new Uint32Array(flags.buffer);
    const differ = [...out.keys()].filter(
      (index) => out[index] !== roleOf(words[index * 2]!, words[index * 2 + 1]!),
    );
    expect([out.length, differ]).toEqual([flags.length, []]);
  });
});

describe.skipIf(lacks('python3', '-c', 'import sys; sys.exit(sys.version_info < (3, 9))'))(
  'the host (needs python3)',
  () => {
    test('its own tests pass', () => {
      const { status, err } = run('python3', ['-B', '-m', 'unittest'], { cwd: join(here, 'host') });
      expect(err).toMatch(/Ran \d\d tests/);
      expect(status).toBe(0);
    });

    test('what it packs imports, and comes back from our own format', () => {
      expect(run('python3', ['-B', 'host/make_small.py', folder])).toMatchObject({ status: 0, err: '' });
      const recording = importRecording(folder, 'small');
      const [powerOn, end] = recording.snapshots;
      expect(powerOn).toMatchObject({
        label: 'power-on',
        changed: new Uint32Array(),
        role: new Uint8Array(4),
      });
      expect(end).toMatchObject({
        afterIntervals: 1,
        changed: Uint32Array.of(2),
        compressedBytes: Uint16Array.of(30 + 0x61),
        fill: Uint8Array.of(2),
        role: Uint8Array.of(3, 1, 0x46, 1),
        agentAsked: { interval: 0, instructions: 90 },
      });
      expect(recording.phases).toEqual([{ name: 'idle', interval: 0, instructions: 5, guestMs: 3 }]);
      expect([...recording.endMs]).toEqual([20, 30]);
      expect(recording.steady).toMatchObject({
        steadyMs: 1000,
        interval: Uint32Array.of(0),
        frame: Uint32Array.of(2),
        keyLo: Uint32Array.of(5),
      });
      expect(decodeRecording(encodeRecording(recording), 'small')).toEqual(recording);
    });
  },
);

test('every entry of the library is a work that is there, once by name', () => {
  const library = JSON.parse(readFileSync(join(here, 'library.json'), 'utf8')) as {
    name: string;
    release: string;
    work: string;
  }[];
  const works = readdirSync(join(here, 'guest/work'));
  expect(library.filter(({ work }) => !works.includes(work))).toEqual([]);
  expect(new Set(library.map(({ name }) => name)).size).toBe(library.length);
  expect(new Set(library.map(({ release }) => release))).toEqual(new Set(['bullseye', 'bookworm', 'trixie']));
});

describe.skipIf(lacks('sh', '-c', 'true'))('the scripts (need sh)', () => {
  const scripts = [
    'guest/init',
    ...readdirSync(join(here, 'guest/work')).map((file) => `guest/work/${file}`),
  ];
  test.each(scripts)('%s parses', (script) => {
    expect(run('sh', ['-n', script])).toMatchObject({ status: 0, err: '' });
  });

  test
    .skipIf(lacks('bash', '-c', 'true'))
    .each(['make-tree.sh', 'fetch-kernel.sh', 'make-disk.sh', 'make-initrd.sh'])(
    '%s parses (needs bash)',
    (script) => {
      expect(run('bash', ['-n', script])).toMatchObject({ status: 0, err: '' });
    },
  );
});
