import { hostSwapOptions } from '@overbook/hostswap';
import { z } from 'zod';

const { device, hostCacheMiB, directory } = hostSwapOptions.shape;

/** Options of belady: those of hostswap, without the choice of victims. */
export const beladyOptions = z.strictObject({ device, hostCacheMiB, directory });
