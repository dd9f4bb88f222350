import { CONTRACT } from '../contract/strategy.ts';
import { OverbookError } from '../units/errors.ts';
import type { Pages } from '../units/page.ts';

/** Frames are numbered in the 28 bits of a pmap entry. */
const MAX_FRAMES = 2 ** 28;

/** Machine memory and what is kept of it (reserve, VMkernel) fit each other. @throws OVB_HOST_SIZE */
export function checkSizes(host: string, memory: Pages, kept: Pages, frames: number): void {
  if (!Number.isInteger(memory) || memory < 1 || frames > MAX_FRAMES) {
    throw new OverbookError(
      'OVB_HOST_SIZE',
      host,
      frames > memory ? `memory and reserve are ${frames} pages` : `memory is ${memory} pages`,
      'Give 1 page to 1 TiB of whole 4 KiB pages; under `direct`, this includes the reserve.',
    );
  }
  if (kept >= memory) {
    throw new OverbookError(
      'OVB_HOST_SIZE',
      host,
      `the ${kept} frames of the reserve and the VMkernel leave nothing of ${memory}`,
      'Give the host more memory, a smaller reserve or a smaller VMkernel.',
    );
  }
}

/** @throws OVB_CONTRACT for a plugin made for another contract */
export function checkContract(
  plugin: { readonly id: string; readonly contract: number },
  host: string,
): void {
  if (plugin.contract === CONTRACT) return;
  throw new OverbookError(
    'OVB_CONTRACT',
    host,
    `plugin '${plugin.id}' implements contract ${plugin.contract}, this core needs ${CONTRACT}`,
    'Install versions of the plugin and of @overbook/core that match.',
  );
}

interface Claimant {
  readonly id: string;
  readonly plugin: { readonly claims?: readonly string[] };
}

/** Core's own kinds are credited to one strategy each. @throws OVB_KIND_TAKEN */
export function claimOnce(created: readonly Claimant[]): void {
  const owners = new Map<string, string>();
  for (const { id, plugin } of created) {
    for (const claim of plugin.claims ?? []) {
      const other = owners.get(claim);
      if (other !== undefined) {
        throw new OverbookError(
          'OVB_KIND_TAKEN',
          id,
          `'${claim}' pages are already credited to ${other}`,
          'Leave one of the two strategies out of the mix.',
        );
      }
      owners.set(claim, id);
    }
  }
}

export function duplicate(id: string, host: string): OverbookError {
  return new OverbookError(
    'OVB_ID_TAKEN',
    host,
    `two strategies are named '${id}'`,
    'Name each strategy once in a mix; ids are unique.',
  );
}

export function noHandler(id: string, kind: string, host: string): OverbookError {
  return new OverbookError(
    'OVB_NO_HANDLER',
    host,
    `strategy '${id}' declares kind '${kind}' but provides no handler`,
    `Return backings: { ${kind}: … } from create.`,
  );
}
