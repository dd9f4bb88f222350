/** KSM on a host with one recorded guest, scanning the same number of pages at the same places as a real ksmd did. */
import { toPages, toVmId } from '@overbook/core';
import { composeHost } from '@overbook/core/host';
import { RecordingReplay } from '@overbook/sim';
import { tps } from '@overbook/tps';
import type { Recording } from '@overbook/traces';

import type { KsmCounts, KsmLog } from './ksm-log.ts';

/**
 * Replays the recording from power-on, with one batch at each step of the log. A step lasts `stepMs` of the host's time
 * and costs none, so that ksmd sleeps from batch to batch; the guest does between two steps what it did then.
 * @returns the counters after each step
 */
export function simulatedKsm(recording: Recording, log: KsmLog): readonly KsmCounts[] {
  const host = composeHost({
    memory: toPages(2 * recording.pages),
    memoryStates: 'direct',
    store: 'keys',
    vms: [{ name: recording.name, size: recording.pages }],
    strategies: [{ plugin: tps, options: optionsOf(log) }],
  });
  const replay = new RecordingReplay(host, toVmId(0), recording);
  const steps = log.steps.map(({ interval }) => {
    replay.before(interval);
    host.advance(log.stepMs);
    return countsOf(host.strategyCounters()[tps.id]!);
  });
  host.verify();
  host.dispose();
  return steps;
}

/** As the log says ksmd was set. How long a real step took is not known; more than the prune interval of 2 s. */
function optionsOf({ kernel, stepMs, pagesToScan, settings }: KsmLog): object {
  return {
    mode: 'ksm',
    kernel,
    pages_to_scan: pagesToScan,
    sleep_millisecs: stepMs,
    stable_node_chains_prune_millisecs: stepMs,
    max_page_sharing: Number(settings['max_page_sharing']),
    use_zero_pages: settings['use_zero_pages'] === '1',
    smart_scan: settings['smart_scan'] === '1',
  };
}

function countsOf(told: Readonly<Record<string, number>>): KsmCounts {
  return {
    pagesScanned: told['pages_scanned']!,
    fullScans: told['full_scans']!,
    pagesShared: told['pages_shared']!,
    pagesSharing: told['pages_sharing']!,
    pagesUnshared: told['pages_unshared']!,
    pagesVolatile: told['pages_volatile']!,
    stableNodeDups: told['stable_node_dups']!,
  };
}
