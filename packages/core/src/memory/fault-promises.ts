import { ContractViolation } from '../contract/contract-violation.ts';
import { BLOCKED } from '../contract/strategy.ts';
import { KIND_MAPPED } from '../pmap/kinds.ts';
import type { VmMemory } from '../pmap/vm-memory.ts';
import type { Gfn, Nanoseconds } from '../units/page.ts';

/** A fault that a strategy's handler was called for, and what it answered. */
interface AnsweredFault {
  readonly memory: VmMemory;
  readonly page: Gfn;
  /** The page's kind before the fault. */
  readonly kind: number;
  readonly at: Nanoseconds;
  readonly completion: Nanoseconds;
}

/** What a handler promises of a fault. @throws ContractViolation in the plugin's name */
export function checkFault(plugin: string, { memory, page, kind, at, completion }: AnsweredFault): void {
  const now = memory.kind(page);
  if (completion === BLOCKED) {
    if (now === kind) return;
    throw new ContractViolation(plugin, 'a blocked fault changes nothing', `page ${page} changed kind`);
  }
  if (now !== KIND_MAPPED) {
    throw new ContractViolation(
      plugin,
      'a completed fault maps the page',
      `page ${page} of VM ${memory.id} is not mapped`,
    );
  }
  if (completion >= at) return;
  throw new ContractViolation(
    plugin,
    'a fault completes after it began',
    `asked at ${at}, answered ${completion}`,
  );
}
