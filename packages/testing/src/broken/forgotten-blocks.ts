import { changedBlocks } from '../kit/kit-blocks.ts';
import { PROMISES } from '../promises.ts';
import type { BrokenCase } from './broken-case.ts';

/** Plugs blocks again and goes on counting their pages as unplugged. */
export const forgottenBlocks: BrokenCase = {
  breaks: PROMISES.given,
  plugin: changedBlocks('forgotten-blocks', 'Forgets what guests have back', { back: () => undefined }),
};
