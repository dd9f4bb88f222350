import { ContractViolation } from '../contract/contract-violation.ts';
import type { ReclaimReceipt, ReclaimRequest } from '../contract/strategy.ts';

function describe(answer: unknown): string {
  if (typeof (answer as { then?: unknown } | null | undefined)?.then === 'function')
    return 'a promise: reclaim may not be async';
  return answer === null ? 'null' : typeof answer;
}

/** Holds a receipt against the request and what the pool gained. @throws ContractViolation naming the strategy */
export function checkReceipt(
  plugin: string,
  request: ReclaimRequest,
  receipt: ReclaimReceipt,
  gained: number,
): void {
  // A plugin in plain JavaScript may answer with anything.
  if (!Array.isArray((receipt as ReclaimReceipt | undefined)?.refused))
    throw new ContractViolation(plugin, 'reclaim answers with a receipt', `got ${describe(receipt)}`);
  const { freed, ordered, tried, readyAt } = receipt;
  if (readyAt !== undefined && !Number.isFinite(readyAt))
    throw new ContractViolation(plugin, 'what a receipt frees is ready at a stated time', `got ${readyAt}`);
  if (
    freed === gained &&
    freed + ordered <= request.goal &&
    tried <= request.budget &&
    ordered >= 0 &&
    tried >= 0
  )
    return;
  const said = `freed ${freed}, ordered ${ordered}, tried ${tried}`;
  const numbers = `goal ${request.goal}, budget ${request.budget}, ${said}, pool gained ${gained}`;
  if (freed !== gained) throw new ContractViolation(plugin, "the pool's gain is what was freed", numbers);
  if (freed + ordered > request.goal)
    throw new ContractViolation(plugin, 'freed + ordered stays within the goal', numbers);
  if (tried > request.budget) throw new ContractViolation(plugin, 'tried stays within the budget', numbers);
  throw new ContractViolation(plugin, 'a receipt counts pages', numbers);
}
