import { CLOCK } from '@overbook/core';

import { needs } from '../needs.ts';

/** What zswap asks of a host: what compression does, and the time, since it writes back in the background. */
export const zswapNeeds = { ...needs, clock: CLOCK };
