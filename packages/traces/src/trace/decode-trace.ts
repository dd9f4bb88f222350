/** Reads an .ovt file, trusting none of it. Byte by byte: docs/formats/trace.md. */
import { toPages } from '@overbook/core/units';
import type { ByteSource, FileId, ReadLimits, Section } from '@overbook/formats';
import {
  checkPages,
  corrupt,
  Cursor,
  memorySource,
  MetaReader,
  readSections,
  withFile,
} from '@overbook/formats';
import { checkTrace } from './check.ts';
import { PAGE_NUMBERS_PER_SECTION } from './encode-trace.ts';
import { RunList } from './run-list.ts';
import { readRuns, RUNS_TAG } from './run-sections.ts';
import type { Trace } from './trace.ts';
import type { TraceMeta } from './trace-meta.ts';
import { readTraceMeta, totalsDiffer } from './trace-meta.ts';

/**
 * Reads a trace file. Throws OVB_TRACE_FORMAT, _VERSION, _CORRUPT or _TOO_LARGE, naming file and offset, or
 * OVB_FILE_UNREADABLE. Memory: the trace and one section.
 */
export function readTrace(path: string, limits?: ReadLimits): Trace {
  return withFile(path, (source) => readFrom(source, { kind: 'trace', name: path }, limits));
}

/** The same from memory; `name` is what errors call it. */
export function decodeTrace(bytes: Uint8Array, name: string, limits?: ReadLimits): Trace {
  return readFrom(memorySource(bytes), { kind: 'trace', name }, limits);
}

function readFrom(source: ByteSource, id: FileId, limits?: ReadLimits): Trace {
  const list = new RunList();
  const numbers = new PageNumbers(id);
  let head: TraceMeta | undefined;
  let stage = 0; // META, then PAGE, then RUNS
  for (const section of readSections(source, id, limits)) {
    const rank = ['META', 'PAGE', RUNS_TAG].indexOf(section.tag);
    if (rank < stage || (rank === 0) !== (head === undefined)) throw misplaced(id, section);
    stage = rank;
    if (rank === 0) {
      head = openMeta(id, section, numbers);
      checkPages(id, head.pages, limits);
    } else if (rank === 1) numbers.read(section);
    else readRuns(new Cursor(id, section), list, head!.pages);
  }
  if (head === undefined) throw corrupt(id, source.size, 'there is no META section');
  return assemble(id, head, numbers, list);
}

function openMeta(id: FileId, section: Section, numbers: PageNumbers): TraceMeta {
  const meta = MetaReader.open(id, section);
  const head = readTraceMeta(meta);
  numbers.wanted = meta.count('pageNumbers', head.pages);
  if (numbers.wanted !== 0 && numbers.wanted !== head.pages)
    throw meta.fail('has page numbers for only some pages');
  meta.end();
  return head;
}

function assemble(id: FileId, head: TraceMeta, numbers: PageNumbers, list: RunList): Trace {
  const arrays = list.finish();
  const differs = totalsDiffer(head, arrays);
  if (differs !== undefined) throw corrupt(id, 0, `the trace ${differs}`);
  const { name, source, space, pages, everyInstructions } = head;
  const trace = { name, source, space, pages: toPages(pages), everyInstructions, ...arrays };
  const table = numbers.finish();
  const whole = table.length === 0 ? trace : { ...trace, pageNumbers: table };
  checkTrace(whole, (what) => corrupt(id, 0, `the trace ${what}`));
  return whole;
}

function misplaced(id: FileId, section: Section): Error {
  return corrupt(id, section.offset, `section ${JSON.stringify(section.tag)} does not belong here`);
}

/** Collects the PAGE sections. */
class PageNumbers {
  wanted = 0;
  readonly #id: FileId;
  readonly #parts: Float64Array[] = [];
  #count = 0;
  #before = -1;

  constructor(id: FileId) {
    this.#id = id;
  }

  read(section: Section): void {
    const cursor = new Cursor(this.#id, section);
    const count = Math.min(PAGE_NUMBERS_PER_SECTION, this.wanted - this.#count);
    if (count === 0 || count > cursor.remaining)
      throw cursor.fail(`does not hold exactly ${count} page numbers`);
    const part = new Float64Array(count);
    for (let index = 0; index < count; index++) {
      this.#before += cursor.varint() + 1;
      if (this.#before > Number.MAX_SAFE_INTEGER) throw cursor.fail('holds a page number above 2^53');
      part[index] = this.#before;
    }
    cursor.end();
    this.#parts.push(part);
    this.#count += count;
  }

  finish(): Float64Array {
    if (this.#count !== this.wanted)
      throw corrupt(this.#id, 0, `the trace holds ${this.#count} of ${this.wanted} page numbers`);
    const all = new Float64Array(this.#count);
    let at = 0;
    for (const part of this.#parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }
}
