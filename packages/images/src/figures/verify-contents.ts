/** Compares all pages of one key byte for byte: a fast hash may collide, and collisions can be made on purpose. */
import { OverbookError, PAGE_BYTES } from '@overbook/core/units';
import type { MemorySet } from '../scan/memory-set.ts';
import { pageOfRow } from '../scan/memory-set.ts';
import { isDigestFile } from '../scan/digest-guest.ts';
import type { MemorySource, ScanOptions } from '../scan/scan-request.ts';
import type { WorkTask } from '../scan/work-plan.ts';
import type { WorkPool } from '../scan/work-pool.ts';

export interface VerifyFigures {
  /** Pages compared with the first page of their key. */
  readonly comparedPages: number;
  /** Pages that differ from the first page of their key: the other figures take them for copies. */
  readonly collidingPages: number;
  /** The first few of them. */
  readonly collisions: readonly {
    readonly image: string;
    readonly page: number;
    readonly likeImage: string;
    readonly likePage: number;
  }[];
}

/** Chosen: first pages kept in memory by one task, 32 MiB. Images are read again once for so many repeated contents. */
const CONTENTS_PER_TASK = 8192;
const NAMED_MAX = 8;

/** All guests must be images (see `needBytes`). */
export async function verifyContents(
  set: MemorySet,
  pool: WorkPool,
  options: ScanOptions,
): Promise<VerifyFigures> {
  const { counts } = set;
  // Zero pages were compared when they were read.
  const wanted = new Uint8Array(new SharedArrayBuffer(counts.length));
  for (let content = 1; content < counts.length; content++) wanted[content] = counts[content]! > 1 ? 1 : 0;
  const contents = set.guests.map(({ content }) => content);
  const tasks: WorkTask[] = [...chunks(wanted)].map(([from, to]) => ({
    kind: 'verify',
    from,
    to,
    contents,
    wanted,
  }));
  const bytes = set.guests.reduce((sum, { rows }) => sum + rows * PAGE_BYTES, 0);
  const answers = await pool.runAll(tasks, (index) => {
    options.onProgress?.({
      phase: 'verify',
      doneBytes: (index + 1) * bytes,
      totalBytes: tasks.length * bytes,
    });
  });
  const collisions = answers.flatMap(({ verified }) => verified?.collisions ?? []);
  return {
    comparedPages: answers.reduce((sum, { verified }) => sum + (verified?.comparedPages ?? 0), 0),
    collidingPages: collisions.length,
    collisions: collisions.slice(0, NAMED_MAX).map(({ image, page, content }) => {
      const like = set.guests[set.book.firstImageOf(content)]!;
      return {
        image: set.guests[image]!.name,
        page,
        likeImage: like.name,
        likePage: pageOfRow(like, set.book.firstRowOf(content)),
      };
    }),
  };
}

/** Refuses digests where bytes are needed. Throws OVB_NEEDS_BYTES. */
export function needBytes(sources: readonly MemorySource[], what: string): void {
  const digest = sources.find(({ path }) => isDigestFile(path));
  if (digest === undefined) return;
  throw new OverbookError(
    'OVB_NEEDS_BYTES',
    digest.path,
    `${what} needs page bytes, which a digest does not hold`,
    `Leave out ${what}, or give the image instead of its digest.`,
  );
}

function* chunks(wanted: Uint8Array): Generator<readonly [from: number, to: number]> {
  let from = 0;
  let held = 0;
  for (let content = 0; content < wanted.length; content++) {
    held += wanted[content]!;
    if (held < CONTENTS_PER_TASK) continue;
    yield [from, content + 1];
    from = content + 1;
    held = 0;
  }
  if (held > 0) yield [from, wanted.length];
}
