/** Formats that people have and that are not imported: named, with a way in that works. */

import { looksLike } from '@overbook/formats';

export interface OtherFormat {
  readonly title: string;
  /** What to do. `FILE` is the file's name. */
  readonly mend: string;
  readonly recognises: (head: Uint8Array) => boolean;
}

function startsWith(...bytes: readonly number[]): (head: Uint8Array) => boolean {
  return (head) => bytes.every((byte, i) => head[i] === byte);
}

function hasText(pattern: RegExp): (head: Uint8Array) => boolean {
  return (head) => pattern.test(Buffer.from(head.subarray(0, 16_384)).toString('latin1'));
}

/** A way from text with addresses to CSV, with what every Unix has. */
function bySed(pattern: string): string {
  return (
    `Extract the addresses, \`sed -En '${pattern}' FILE > addresses.csv\`, and import them: ` +
    '`overbook trace import addresses.csv --from csv --columns address=1 -o addresses.ovt`.'
  );
}

export const OTHER_FORMATS: readonly OtherFormat[] = [
  {
    title: 'a trace of ours already',
    mend: 'It needs no import: name FILE in a scenario, or inspect it with `overbook trace info FILE`.',
    recognises: (head) => looksLike(head, 'trace'),
  },
  {
    title: 'a recording of a whole guest',
    mend: 'It needs no import: name FILE as the `recording` of a guest; `overbook recording info FILE` describes it.',
    recognises: (head) => looksLike(head, 'recording'),
  },
  {
    title: 'perf script of kvm_page_fault: the faults of a guest, that is, only its first touches',
    mend: bySed('s/.*kvm_page_fault:.* address (0x)?([0-9a-f]+) .*/0x\\2/p'),
    recognises: hasText(/^\s*\S.*\d+\.\d+: +kvm:kvm_page_fault: /m),
  },
  {
    title: 'perf script of DAMON',
    mend:
      'Have damo convert it, `damo convert_record_format --record_file FILE --format json --output_file damo.json`, ' +
      'and import that with `--from damo`.',
    recognises: hasText(/^\s*\S.*\d+\.\d+: +damon:damo/m),
  },
  {
    title: 'perf script',
    mend: bySed('s/.* addr(ess)?[=:]? ?(0x)?([0-9a-f]+).*/0x\\3/p'),
    recognises: hasText(/^\S.* +\d+ +(?:\[\d+\] +)?\d+\.\d+: +\S/m),
  },
  {
    title: 'perf.data',
    mend: 'Print it with `perf script -i FILE > perf.txt`, and make a CSV of the addresses in it.',
    recognises: hasText(/^(?:PERFILE2|2ELIFREP)/),
  },
  {
    title: 'a trace-cmd trace (trace.dat)',
    mend: 'Print it with `trace-cmd report -i FILE > trace.txt`, and make a CSV of the addresses in it.',
    recognises: startsWith(0x17, 0x08, 0x44, 0x74, 0x72, 0x61, 0x63, 0x69, 0x6e, 0x67),
  },
  {
    title: "libCacheSim's LCS",
    mend:
      "Convert it with libCacheSim's own `traceConv FILE lcs --output-format=oracleGeneral`, and import what that " +
      'writes with `--from oracleGeneral`.',
    recognises: startsWith(0xf0, 0xde, 0xbc, 0x9a, 0x78, 0x56, 0x34, 0x12),
  },
  {
    title: 'the binary record of old versions of damo',
    mend:
      'Have damo convert it, `damo convert_record_format --record_file FILE --format json --output_file damo.json`, ' +
      'and import that with `--from damo`.',
    recognises: hasText(/^damon_recfmt_ver/),
  },
  {
    title: "the text of Pin's pinatrace (`address: R address`)",
    mend: bySed('s/^0x[0-9a-f]+: ([RW]) 0x([0-9a-f]+)$/0x\\2,\\1/p').replace('address=1', 'address=1,kind=2'),
    recognises: hasText(/^0x[0-9a-f]+: [RW] 0x[0-9a-f]+\r?$/m),
  },
  {
    title: 'packed with Zstandard',
    mend: 'Unpack it first: `zstd -d FILE`.',
    recognises: startsWith(0x28, 0xb5, 0x2f, 0xfd),
  },
  {
    title: 'packed with xz',
    mend: 'Unpack it first: `xz -dk FILE`.',
    recognises: startsWith(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0),
  },
  {
    title: 'packed with bzip2',
    mend: 'Unpack it first: `bzip2 -dk FILE`.',
    recognises: hasText(/^BZh[1-9]1AY&SY/),
  },
  {
    title: 'packed with LZ4',
    mend: 'Unpack it first: `lz4 -d FILE`.',
    recognises: startsWith(0x04, 0x22, 0x4d, 0x18),
  },
  {
    title: 'a zip archive',
    mend: 'Unpack it first: `unzip FILE`.',
    recognises: startsWith(0x50, 0x4b, 3, 4),
  },
];
