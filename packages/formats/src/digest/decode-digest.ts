/** Reads an .ovd file, trusting none of it. Byte by byte: docs/formats/page-digest.md. */
import { toPages } from '@overbook/core/units';
import type { ByteSource } from '../container/byte-source.ts';
import { memorySource, withFile } from '../container/byte-source.ts';
import { Cursor } from '../container/cursor.ts';
import type { FileId, Section } from '../container/format.ts';
import { PAGES_MAX } from '../container/format.ts';
import { MetaReader } from '../container/meta-reader.ts';
import type { ReadLimits } from '../container/read-container.ts';
import { readSections } from '../container/read-container.ts';
import type { ContentColumns } from '../contents/content-block.ts';
import { columns, decodeContents, hasRepeatedKey, knownContents } from '../contents/content-block.ts';
import { corrupt } from '../messages.ts';
import { checkDigest } from './check-digest.ts';
import { fillTotals, PAGES_PER_SECTION, unknownReasons } from './encode-digest.ts';
import type { DigestTotals, PageDigest } from './page-digest.ts';
import { FILL_UNKNOWN } from './page-digest.ts';

/**
 * Reads a digest file. Throws OVB_DIGEST_FORMAT, _VERSION, _CORRUPT or _TOO_LARGE, naming file and offset, or
 * OVB_FILE_UNREADABLE. Memory: the digest, 20 bytes a distinct content, and one section.
 */
export function readDigest(path: string, limits?: ReadLimits): PageDigest {
  return withFile(path, (source) => readFrom(source, { kind: 'digest', name: path }, limits));
}

/** The same from memory; `name` is what errors call it. */
export function decodeDigest(bytes: Uint8Array, name: string, limits?: ReadLimits): PageDigest {
  return readFrom(memorySource(bytes), { kind: 'digest', name }, limits);
}

interface DigestMeta extends Pick<PageDigest, 'name' | 'contentKey' | 'codec' | 'imageSha256'> {
  readonly pages: number;
  readonly roles: boolean;
  readonly totals: DigestTotals;
}

function readFrom(source: ByteSource, id: FileId, limits?: ReadLimits): PageDigest {
  let meta: DigestMeta | undefined;
  let body: DigestBody | undefined;
  for (const section of readSections(source, id, limits)) {
    if ((section.tag === 'META') !== (meta === undefined)) throw misplaced(id, section);
    if (body !== undefined) body.read(section);
    else {
      meta = readMeta(MetaReader.open(id, section));
      body = new DigestBody(id, meta);
    }
  }
  if (meta === undefined || body === undefined) throw corrupt(id, source.size, 'there is no META section');
  const { name, contentKey, codec, imageSha256 } = meta;
  const digest = { name, pages: toPages(meta.pages), contentKey, codec, imageSha256, ...body.finish() };
  checkDigest(digest, (what) => corrupt(id, 0, `the digest ${what}`));
  checkTotals(id, meta.totals, {
    contents: body.contents - unknownReasons(digest),
    ...fillTotals(digest.fill),
  });
  return digest;
}

function readMeta(meta: MetaReader): DigestMeta {
  const totals = meta.object('totals');
  const read: DigestMeta = {
    name: meta.text('name'),
    pages: meta.count('pages', PAGES_MAX, 1),
    contentKey: meta.text('contentKey'),
    codec: meta.text('codec'),
    imageSha256: meta.text('imageSha256'),
    roles: meta.count('roles', 1) === 1,
    totals: {
      contents: totals.count('contents'),
      zeroPages: totals.count('zeroPages'),
      sameFilledPages: totals.count('sameFilledPages'),
      unknownPages: totals.has('unknownPages') ? totals.count('unknownPages') : 0,
    },
  };
  totals.end();
  meta.end();
  return read;
}

function checkTotals(id: FileId, declared: DigestTotals, found: DigestTotals): void {
  for (const name of ['contents', 'zeroPages', 'sameFilledPages', 'unknownPages'] as const) {
    if (declared[name] !== found[name])
      throw corrupt(id, 0, `the digest declares ${declared[name]} ${name}, but holds ${found[name]}`);
  }
}

function misplaced(id: FileId, section: Section): Error {
  return corrupt(id, section.offset, `section ${JSON.stringify(section.tag)} does not belong here`);
}

/** Collects PAGE sections, each followed by a ROLE section when the digest has roles. */
class DigestBody {
  readonly #id: FileId;
  readonly #meta: DigestMeta;
  readonly #known = knownContents(FILL_UNKNOWN);
  readonly #parts: (ContentColumns & { readonly role: Uint8Array })[] = [];
  #count = 0;
  #open: ContentColumns | undefined;

  constructor(id: FileId, meta: DigestMeta) {
    this.#id = id;
    this.#meta = meta;
  }

  /** Distinct contents read so far. */
  get contents(): number {
    return this.#known.count;
  }

  read(section: Section): void {
    if (section.tag !== (this.#open === undefined ? 'PAGE' : 'ROLE')) throw misplaced(this.#id, section);
    const cursor = new Cursor(this.#id, section);
    if (this.#open !== undefined) this.#close(cursor.take(this.#open.fill.length).slice());
    else {
      const count = Math.min(PAGES_PER_SECTION, this.#meta.pages - this.#count);
      if (count === 0 || count > cursor.remaining) throw cursor.fail(`does not hold exactly ${count} pages`);
      this.#open = columns(count);
      this.#count += count;
      decodeContents(cursor, this.#known, count, this.#open, 0);
      if (!this.#meta.roles) this.#close(new Uint8Array(count));
    }
    cursor.end();
  }

  finish(): ContentColumns & { readonly role: Uint8Array } {
    const { pages } = this.#meta;
    if (this.#count !== pages || this.#open !== undefined)
      throw corrupt(this.#id, 0, `the digest holds ${this.#count} of ${pages} pages`);
    if (hasRepeatedKey(this.#known)) throw corrupt(this.#id, 0, 'the digest holds two contents with one key');
    const whole = { ...columns(pages), role: new Uint8Array(pages) };
    let at = 0;
    for (const part of this.#parts) {
      whole.keyLo.set(part.keyLo, at);
      whole.keyHi.set(part.keyHi, at);
      whole.compressedBytes.set(part.compressedBytes, at);
      whole.fill.set(part.fill, at);
      whole.role.set(part.role, at);
      at += part.fill.length;
    }
    return whole;
  }

  #close(role: Uint8Array): void {
    this.#parts.push({ ...this.#open!, role });
    this.#open = undefined;
  }
}
