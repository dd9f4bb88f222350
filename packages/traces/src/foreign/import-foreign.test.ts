import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { damoJson, lackeyText, oracleBytes } from '../../test/foreign-writer.ts';
import { traceOf } from '../../test/made-up.ts';
import { importTrace } from '../obt/import-trace.ts';
import { encodeTrace } from '../trace/encode-trace.ts';
import type { ForeignName } from './foreign-format.ts';
import { importForeign } from './import-foreign.ts';

const folder = mkdtempSync(join(tmpdir(), 'overbook-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, bytes: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

const lackeyLog = lackeyText([
  { letter: 'I', address: 0x1000n, size: 4 },
  { letter: 'S', address: 0x2000n, size: 8 },
]);
const damoText = damoJson([[{ start: 1, pages: 2, samples: 3 }]]);
const samples: Readonly<Record<ForeignName, string | Uint8Array>> = {
  lackey: lackeyLog,
  oracleGeneral: oracleBytes([1n, 2n, 1n]),
  damo: damoText,
  csv: 'time,id,size\n0,A,4096\n1,B,4096\n',
};

describe.each(Object.entries(samples) as [ForeignName, string | Uint8Array][])('%s', (name, bytes) => {
  test('comes in plain and packed, as what it is', async () => {
    const plain = await importForeign(file(`a.${name}`, bytes), name);
    expect(plain.trace.intervals).toBeGreaterThan(0);
    const packed = { gz: gzipSync(bytes), br: brotliCompressSync(bytes), data: deflateSync(bytes) };
    for (const [end, made] of Object.entries(packed)) {
      const { trace } = await importForeign(file(`a.${name}.${end}`, made), name);
      expect({ ...trace, name: '' }).toEqual({ ...plain.trace, name: '' });
    }
  });

  test('is named where it is given for a captured trace, with the option that brings it in', () => {
    const path = file(`b.${name}`, bytes);
    expect(() => importTrace(path)).toThrow(
      expect.objectContaining({
        code: 'OVB_TRACE_FORMAT',
        mend: `Name its format: \`overbook trace import ${path} --from ${name} -o NAME.ovt\`.`,
      }),
    );
  });

  test('is refused under the name of another', async () => {
    const path = file(`c.${name}`, bytes);
    const other = name === 'lackey' ? 'damo' : 'lackey';
    await expect(importForeign(path, other)).rejects.toMatchObject({ code: 'OVB_TRACE_FORMAT' });
  });
});

const named: readonly (readonly [what: string, bytes: string | Uint8Array, mend: RegExp])[] = [
  [
    'perf script of kvm_page_fault',
    'CPU 0/KVM  2188 [003] 100.123456: kvm:kvm_page_fault: vcpu 0 rip 0x81000000 address 0x1234000 error_code 0x182\n',
    /sed -En .*--from csv --columns address=1/,
  ],
  [
    'perf script of DAMON',
    'kdamond.0  4452 [000] 82877.315633: damon:damon_aggregated: target_id=0 nr_regions=1 0-4096: 0 2\n',
    /damo convert_record_format/,
  ],
  ['perf script', 'ls  77 [000] 1.5: page-faults: addr=7f00aa\n', /sed -En/],
  ['perf.data', 'PERFILE2........', /perf script -i/],
  ["libCacheSim's LCS", Buffer.from('f0debc9a78563412', 'hex'), /traceConv/],
  [
    "the text of Pin's pinatrace",
    '0x401000: R 0x7ffe0010\n0x401004: W 0x7ffe0018\n',
    /--columns address=1,kind=2/,
  ],
  ['packed with Zstandard', Buffer.from('28b52ffd0000', 'hex'), /zstd -d/],
  ['a trace of ours already', encodeTrace(traceOf([], 0)), /trace info/],
];
test.each(named)('%s is named, with a way that works', (what, bytes, mend) => {
  const path = file('named', bytes);
  expect(() => importTrace(path)).toThrow(
    expect.objectContaining({
      code: 'OVB_TRACE_FORMAT',
      what: expect.stringContaining(`is ${what}`) as string,
      mend: expect.stringMatching(mend) as string,
    }),
  );
});

test('what is damaged or not there is refused', async () => {
  await expect(importForeign(join(folder, 'none'), 'csv')).rejects.toMatchObject({
    code: 'OVB_FILE_UNREADABLE',
  });
  const cut = gzipSync(lackeyLog.repeat(100)).subarray(0, 60);
  await expect(importForeign(file('cut.gz', cut), 'lackey')).rejects.toMatchObject({
    code: 'OVB_TRACE_CORRUPT',
  });
});
