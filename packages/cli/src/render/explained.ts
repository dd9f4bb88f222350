/** Decisions as sentences: the explain log. Amounts of memory are pages, as contracts count them. */
import type { Decision, Order, VmId, VmChange } from '@overbook/core';
import { explainRefusal } from '@overbook/core/host';
import { grouped } from '@overbook/lab/words';

const NS = 1e9;

/** The first line of the log. */
export const EXPLAIN_HEAD = 'decisions, in virtual time; memory in pages of 4 KiB';

/** One line for a decision. @param guests names by VM */
export function explained(decision: Decision, guests: readonly string[]): string {
  return `${(decision.time / NS).toFixed(3).padStart(10)} s  ${sentence(decision, (vm) => guests[vm] ?? `VM ${vm}`)}`;
}

function ordered(order: Order, name: (vm: VmId) => string): string {
  switch (order.kind) {
    case 'target':
      return `${name(order.vm)} gets a target of ${pages(order.pages)}${by(order.by)}`;
    case 'size':
      return `${name(order.vm)} gets a visible size of ${pages(order.pages)}${by(order.by)}`;
    case 'reclaim':
      return `${name(order.vm)} must give ${pages(order.pages)}${by(order.by)}`;
    case 'tune':
      return `${order.strategy} is tuned to ${JSON.stringify(order.settings)}`;
  }
}

function sentence(decision: Decision, name: (vm: VmId) => string): string {
  switch (decision.kind) {
    case 'order':
    case 'overruled': {
      const { order } = decision;
      const why = `${order.reason.what}${numbers(order.reason.numbers)}`;
      const what = ordered(order, name);
      const loser = decision.kind === 'overruled' ? ` (overruled by ${decision.by})` : '';
      return `${decision.policy}: ${what}${loser}: ${why}`;
    }
    case 'receipt': {
      const { strategy, vm, goal, freed, ordered, tried, refused, state, direct } = decision;
      const no = refused.map((one) => `; refused ${grouped(one.pages)}: ${one.why}`).join('');
      const when = direct ? 'for a waiting access' : `in state ${state}`;
      const came = `freed ${grouped(freed)}, ordered ${grouped(ordered)}, tried ${grouped(tried)}${no}`;
      return `${strategy}: asked ${when} for ${pages(goal)} of ${name(vm)}: ${came}`;
    }
    case 'stuck':
      return `${decision.strategy}: ${name(decision.vm)} owes ${pages(decision.pending)} but gives none; next rung`;
    case 'relax':
      return `${decision.strategy}: ${name(decision.vm)} may take back ${pages(decision.pages)}`;
    case 'tune':
      return `${decision.strategy}: settings changed`;
    case 'power-on':
      return `${name(decision.vm)} is powered on`;
    case 'power-off':
      return `${name(decision.vm)} is powered off`;
    case 'not-admitted':
      return `${name(decision.vm)} is not admitted: ${explainRefusal(decision.refusal)}`;
    case 'change':
      return `${name(decision.vm)} changes: ${changes(decision.change)}`;
    case 'block':
      return `${name(decision.vm)} waits: an access cannot be served now`;
    case 'unblock':
      return `${name(decision.vm)} continues`;
    case 'kill':
      return `${name(decision.vm)} is ended: an access could not be served`;
  }
}

function changes({ shares, reservation, limit }: VmChange): string {
  return [
    ...(shares === undefined ? [] : [`shares ${shares}`]),
    ...(reservation === undefined ? [] : [`reservation ${pages(reservation)}`]),
    ...(limit === undefined ? [] : [`limit ${pages(limit)}`]),
  ].join(', ');
}

function pages(count: number): string {
  return count === 1 ? '1 page' : `${grouped(count)} pages`;
}

function by(strategy: string | undefined): string {
  return strategy === undefined ? '' : ` by ${strategy}`;
}

function numbers(given: Readonly<Record<string, number>> = {}): string {
  const list = Object.entries(given).map(([key, value]) => `${key} ${plain(value)}`);
  return list.length === 0 ? '' : ` (${list.join(', ')})`;
}

/** Whole numbers with their thousands apart, others as they are: a policy's numbers need not be pages. */
function plain(value: number): string {
  return Number.isInteger(value) ? grouped(value) : String(value);
}
