import type { SwapDevice } from '@overbook/core';
import { OverbookError } from '@overbook/core';
import type { Host } from '@overbook/core/host';

import type { GuestSpec } from './guest-spec.ts';

/**
 * The device that a host swaps to, for a guest whose disk is on it; undefined for a guest with a disk of its own.
 * @throws OVB_NO_SWAP_DEVICE when no strategy of the mix has one
 */
export function swapDeviceFor({ name, disk }: GuestSpec, { strategies }: Host): SwapDevice | undefined {
  if (disk !== 'host') return undefined;
  for (const { strategy } of strategies) if (strategy.device !== undefined) return strategy.device;
  throw new OverbookError(
    'OVB_NO_SWAP_DEVICE',
    `guest ${name}`,
    'its disk is on the device that the host swaps to, but no strategy of the mix has one',
    'Put hostswap into the mix, or leave out `disk: host`.',
    undefined,
    { vm: name },
  );
}
