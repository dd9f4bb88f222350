/**
 * Imports libCacheSim's oracleGeneral: records of 24 bytes, little-endian and packed: u32 time in seconds, u64 object
 * id, u32 size, i64 number of the request that asks for the object next (-1 or the largest: none).
 *
 * An object is a page. That is what libCacheSim counts with --ignore-obj-size, and so are its misses ours, request by
 * request, when an interval is one request (the default).
 */
import { ACCESS_READ } from '@overbook/core/units';
import type { FileId } from '@overbook/formats';
import { finishedTrace } from './finished-trace.ts';
import type { ForeignFormat, ForeignReader, Imported, ImportOptions } from './foreign-format.ts';
import { badFile } from './refusals.ts';
import { RequestCollector } from './request-collector.ts';

const RECORD_BYTES = 24;
const NEVER_MAX = 0x7fff_ffff_ffff_ffffn;
/** Chosen: records that must hold together before a file without a magic is believed. */
const LOOKED_AT = 64;

export const oracleGeneral: ForeignFormat = {
  name: 'oracleGeneral',
  title: "requests in libCacheSim's oracleGeneral format",
  recognises(head, isWhole) {
    if (head.length < RECORD_BYTES || (isWhole && head.length % RECORD_BYTES !== 0)) return false;
    const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
    const records = Math.min(LOOKED_AT, Math.floor(head.length / RECORD_BYTES));
    for (let i = 0; i < records; i++) {
      const at = i * RECORD_BYTES;
      if (i > 0 && view.getUint32(at, true) < view.getUint32(at - RECORD_BYTES, true)) return false;
      const next = view.getBigInt64(at + 16, true);
      const isNone = next === -1n || next === NEVER_MAX;
      // A trace of 2^48 requests would be 6 PiB.
      if (!isNone && (next <= BigInt(i) || next >= 2n ** 48n)) return false;
    }
    return true;
  },
  reader: (id, options) => new OracleReader(id, options),
};

class OracleReader implements ForeignReader {
  readonly #id: FileId;
  readonly #requests: RequestCollector;
  #rest: Uint8Array = new Uint8Array(0);
  #otherSizes = 0;

  constructor(id: FileId, options: ImportOptions) {
    this.#id = id;
    this.#requests = new RequestCollector(id, options);
  }

  push(chunk: Uint8Array): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const end = bytes.length - (bytes.length % RECORD_BYTES);
    for (let at = 0; at < end; at += RECORD_BYTES) this.#record(view, at);
    this.#rest = bytes.slice(end);
  }

  finish(): Imported {
    const { count } = this.#requests;
    if (this.#rest.length > 0 || count === 0) {
      const what =
        count === 0
          ? 'holds no record of 24 bytes'
          : `ends inside record ${count} (${this.#rest.length} of ${RECORD_BYTES} bytes)`;
      throw badFile(this.#id, what, 'Fetch it again; none of it was used.');
    }
    const { collected, notes } = this.#requests.finish();
    const about = {
      source: 'libCacheSim oracleGeneral, one page per object',
      space: 'guest-virtual',
      everyInstructions: this.#requests.every,
    } as const;
    const sizes =
      this.#otherSizes === 0
        ? []
        : [
            `sizes were not used: ${this.#otherSizes} of ${count} requests are not of 4096 bytes; an object is a page`,
          ];
    return { trace: finishedTrace(this.#id, about, collected), notes: [...sizes, ...notes] };
  }

  #record(view: DataView, at: number): void {
    const low = view.getUint32(at + 4, true);
    const high = view.getUint32(at + 8, true);
    // Ids are often hashes of 64 bits, which are no page numbers: those below 2^53 are.
    const key = high < 2 ** 21 ? high * 2 ** 32 + low : (BigInt(high) << 32n) | BigInt(low);
    if (view.getUint32(at + 12, true) !== 4096) this.#otherSizes++;
    this.#requests.request(key, ACCESS_READ);
  }
}
