import { ContractViolation } from '../contract/contract-violation.ts';
import { BLOCKED } from '../contract/strategy.ts';
import type { FramePool } from '../frames/frame-pool.ts';
import { FRAME_PRIVATE, FRAME_SHARED } from '../frames/frame-pool.ts';
import type { KindTable } from '../pmap/kinds.ts';
import { FIRST_PLUGIN_KIND, KIND_MAPPED, KIND_SHARED } from '../pmap/kinds.ts';
import type { Pmap } from '../pmap/pmap.ts';
import type { Gfn, Mfn, Nanoseconds } from '../units/page.ts';

/**
 * What every fault promises, looked at when its handler has returned.
 * @param kind kind that the page had before
 * @throws ContractViolation naming the strategy
 */
export function checkFault(
  kinds: KindTable,
  pmap: Pmap,
  page: Gfn,
  kind: number,
  write: boolean,
  at: Nanoseconds,
  completion: Nanoseconds,
): void {
  const now = pmap.kind(page);
  if (completion === BLOCKED) {
    if (now === kind) return;
    throw new ContractViolation(
      kinds.owner(kind),
      'a blocked fault changes nothing',
      `page ${page} changed kind`,
    );
  }
  if (now !== KIND_MAPPED && (now !== KIND_SHARED || write)) {
    throw new ContractViolation(
      kinds.owner(kind),
      'a completed fault maps the page',
      `page ${page} of VM ${pmap.id} is ${kinds.names[now]!}`,
    );
  }
  if (completion >= at && Number.isFinite(completion)) return;
  throw new ContractViolation(
    kinds.owner(kind),
    'a fault completes after it began, and at a stated time',
    `asked at ${at}, answered ${completion}`,
  );
}

/** @throws ContractViolation for a frame that was not taken for this page: one of the strategy's own, or another's */
export function checkInstall(kinds: KindTable, pool: FramePool, pmap: Pmap, page: Gfn, frame: Mfn): void {
  if (pool.use(frame) === FRAME_PRIVATE && pool.word(frame) === pmap.hostPage(page)) return;
  throw new ContractViolation(
    kinds.owner(pmap.kind(page)),
    'install maps the frame that FrameService.take gave for this page',
    `frame ${frame} for page ${page} of VM ${pmap.id}: ${pool.describe(frame)}`,
  );
}

/**
 * @throws ContractViolation for a page that is in no fault or about to be written, or a frame that is neither shared
 * nor kept
 */
export function checkInstallShared(
  kinds: KindTable,
  pool: FramePool,
  pmap: Pmap,
  page: Gfn,
  keeper: Mfn,
  inFault: boolean,
  writing: boolean,
): void {
  const kind = pmap.kind(page);
  let wrong: string;
  if (!inFault || kind < FIRST_PLUGIN_KIND) wrong = 'the page is in no fault';
  else if (writing) wrong = 'the guest is about to write it';
  else if (pool.use(keeper) === FRAME_SHARED || pool.isKept(keeper)) return;
  else wrong = `frame ${keeper} is not shared: ${pool.describe(keeper)}`;
  throw new ContractViolation(
    kinds.owner(kind),
    'installShared ends a fault that reads, on a shared frame',
    `page ${page} of VM ${pmap.id}: ${wrong}`,
  );
}
