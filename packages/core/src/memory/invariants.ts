import type { ContractPromise } from '../contract/contract-promise.ts';
import type { FramePool } from '../frames/frame-pool.ts';
import { FRAME_FREE, FRAME_OWN, FRAME_PRIVATE, FRAME_SHARED } from '../frames/frame-pool.ts';
import { KIND_MAPPED, KIND_SHARED, KIND_SHIFT, MAX_KINDS, PAYLOAD_MASK } from '../pmap/kinds.ts';
import { BIT_GAVE_FRAME } from '../pmap/pmap.ts';
import type { SaltService } from '../ports/page-service.ts';
import { toMfn } from '../units/page.ts';
import { ContractViolation } from '../contract/contract-violation.ts';
import type { HostMemory } from './host-memory.ts';

/**
 * Recounts frames, references and backings from the tables, independently of every counter kept on the way.
 * O(guest pages + frames). @throws ContractViolation naming the broken promise
 */
export function verifyInvariants(memory: HostMemory, pool: FramePool, salts: SaltService): void {
  const references = new Uint32Array(pool.total);
  /** Sharing domain of the first VM seen on a frame, + 1; 0 = none yet. */
  const domains = new Uint32Array(pool.total);
  for (const vm of memory.pmaps) {
    const counts = new Float64Array(MAX_KINDS);
    const gave = new Float64Array(MAX_KINDS);
    const domain = salts.domain(vm.id) + 1;
    for (let page = 0; page < vm.size; page++) {
      const entry = vm.entries[page]!;
      const kind = entry >>> KIND_SHIFT;
      counts[kind]!++;
      if ((vm.bits[page]! & BIT_GAVE_FRAME) !== 0) gave[kind]!++;
      if (kind !== KIND_MAPPED && kind !== KIND_SHARED) continue;
      const frame = toMfn(entry & PAYLOAD_MASK);
      references[frame]!++;
      if (domains[frame] !== 0 && domains[frame] !== domain) {
        fail('no frame in two VMs whose salts differ', `frame ${frame}, page ${page} of VM ${vm.id}`);
      }
      domains[frame] = domain;
      const use = pool.use(frame);
      if (kind === KIND_MAPPED && (use !== FRAME_PRIVATE || pool.word(frame) !== vm.hostPage(page))) {
        fail(
          'a private frame backs exactly its page',
          `frame ${frame}, page ${page} of VM ${vm.id}, use ${use}`,
        );
      }
      if (kind === KIND_SHARED && memory.vms[vm.id]!.sharing === false)
        fail('a VM whose sharing is off shares no page', `frame ${frame}, page ${page} of VM ${vm.id}`);
      if (kind === KIND_SHARED && use !== FRAME_SHARED) {
        fail(
          'shared pages are on shared, read-only frames',
          `frame ${frame}, page ${page} of VM ${vm.id}, use ${use}`,
        );
      }
    }
    gave.forEach((count, kind) => {
      if (count !== vm.gave[kind])
        fail(
          'pages that gave up a frame are counted',
          `VM ${vm.id}: kind ${kind} counted ${count}, kept ${vm.gave[kind]!}`,
        );
    });
    counts.forEach((count, kind) => {
      if (count !== vm.counts[kind])
        fail(
          'every page has exactly one backing',
          `VM ${vm.id}: kind ${kind} counted ${count}, kept ${vm.counts[kind]!}`,
        );
    });
  }
  verifyFrames(pool, references);
  memory.large?.verify(fail);
}

function verifyFrames(pool: FramePool, references: Uint32Array): void {
  const uses = [0, 0, 0, 0];
  let last = 0;
  for (let frame = 0; frame < pool.total; frame++) {
    const use = pool.use(toMfn(frame));
    uses[use]!++;
    const counted = references[frame]!;
    if (use === FRAME_SHARED && counted === 1 && !pool.isKept(toMfn(frame))) last++;
    const kept = use === FRAME_SHARED ? pool.word(toMfn(frame)) : use === FRAME_PRIVATE ? 1 : 0;
    if (counted !== kept)
      fail(
        'reference counts equal the back-map',
        `frame ${frame}: ${counted} pages point at it, it counts ${kept}`,
      );
  }
  if (last !== pool.lastOnShared)
    fail('shared frames with one page left are counted', `${last} found, ${pool.lastOnShared} kept`);
  const free = uses[FRAME_FREE]!;
  const listed = pool.countFreeList();
  if (free !== pool.free || listed !== free) {
    fail(
      'frames are conserved',
      `${free} free of ${pool.total}, ${listed} on the list, ${pool.free} by count, ${uses[FRAME_OWN]!} own`,
    );
  }
}

function fail(promise: ContractPromise, numbers: string): never {
  throw new ContractViolation('core', promise, numbers);
}
