/**
 * Imports what `damo record` writes: a list of records in JSON, plain or packed with zlib. A record is one monitored
 * target, its snapshots are what DAMON saw in one aggregation interval: regions, and in how many samples each was
 * accessed. Numbers are text, and may have commas between thousands.
 *
 * DAMON samples one page of a region and takes it for all of them: every page of an accessed region counts as accessed,
 * which is an upper bound. It does not tell reads from writes.
 */
import type { FileId } from '@overbook/formats';
import type { ForeignFormat, ForeignReader, Imported, ImportOptions } from './foreign-format.ts';
import { readDamoRecords } from './damo-records.ts';
import { damoTrace } from './damo-trace.ts';
import { badFile, otherFormat } from './refusals.ts';

/** JSON is parsed whole, and a text of JavaScript has at most 2^29 characters. */
const BYTES_MAX = 2 ** 28;

export const damo: ForeignFormat = {
  name: 'damo',
  title: 'a record of damo (DAMON), as JSON',
  recognises(head) {
    const text = Buffer.from(head.subarray(0, 16_384)).toString('latin1');
    return /^\s*\[\s*\{/.test(text) && /"(?:target_id|snapshots)"\s*:/.test(text);
  },
  reader: (id, options) => new DamoReader(id, options),
};

class DamoReader implements ForeignReader {
  readonly #id: FileId;
  readonly #options: ImportOptions;
  readonly #chunks: Uint8Array[] = [];
  #bytes = 0;

  constructor(id: FileId, options: ImportOptions) {
    this.#id = id;
    this.#options = options;
  }

  push(chunk: Uint8Array): void {
    this.#bytes += chunk.length;
    if (this.#bytes > BYTES_MAX) {
      const what = `is more than ${BYTES_MAX / 2 ** 20} MiB of JSON`;
      throw otherFormat(
        this.#id,
        what,
        'Record for a shorter time, or with fewer regions (`damo record -m`).',
      );
    }
    // A copy: the caller may reuse the chunk's memory.
    this.#chunks.push(chunk.slice());
  }

  finish(): Imported {
    const records = readDamoRecords(this.#id, this.#parsed());
    const { target } = this.#options;
    const wanted = target === undefined ? records : records.filter((record) => record.target === target);
    const [record, another] = wanted;
    if (record === undefined || another !== undefined) {
      const targets = [...new Set(records.map((one) => one.target))].join(', ');
      const what =
        records.length === 0
          ? 'holds no record'
          : record === undefined
            ? `holds no record of target ${target}`
            : `holds ${wanted.length} records${target === undefined ? '' : ` of target ${target}`}; a trace needs one`;
      throw badFile(this.#id, what, mendOf(records.length, targets, target));
    }
    return damoTrace(this.#id, record);
  }

  #parsed(): unknown {
    try {
      return JSON.parse(Buffer.concat(this.#chunks).toString('utf8'));
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw badFile(this.#id, `is not complete JSON: ${why}`, 'Record it again; none of it was used.');
    }
  }
}

function mendOf(records: number, targets: string, target: string | undefined): string {
  if (records === 0) return 'Record again while the target runs.';
  return targets.includes(', ') || target !== undefined
    ? `Choose one with \`--target ID\`: ${targets}.`
    : 'Record only one scheme and one context.';
}
