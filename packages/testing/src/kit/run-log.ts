import type { Decision } from '@overbook/core';
import type { Host } from '@overbook/core/host';

/** Everything that two runs with one seed must agree on, line by line. */
export class RunLog {
  readonly lines: string[] = [];

  decided(decision: Decision): void {
    this.lines.push(JSON.stringify(decision));
  }

  /** Counters, the strategies' own counters, time and page tables. */
  state(host: Host): void {
    const { vms, ...rest } = host.counters();
    this.lines.push(
      `at ${host.clock.now()}: ${JSON.stringify(rest)} ${JSON.stringify(host.strategyCounters())}`,
    );
    for (const vm of vms) this.lines.push(JSON.stringify(vm));
    this.lines.push(this.tables(host));
  }

  /** Hash of all page tables and the number of free frames. */
  tables(host: Host): string {
    let hash = 0x811c9dc5;
    for (const { entries } of host.memory.pmaps) {
      for (let page = 0; page < entries.length; page++) hash = Math.imul(hash ^ entries[page]!, 0x01000193);
    }
    return `page tables ${(hash >>> 0).toString(16)}, ${host.pool.free} frames free`;
  }
}

/** The first difference between two logs, or undefined. */
export function firstDifference(one: readonly string[], other: readonly string[]): string | undefined {
  const count = Math.max(one.length, other.length);
  for (let i = 0; i < count; i++) {
    if (one[i] !== other[i])
      return `line ${i + 1} of the log: first ${one[i] ?? 'the end'}; then ${other[i] ?? 'the end'}`;
  }
  return undefined;
}
