import type { Pages } from '../units/page.ts';
import type { Shares } from './shares.ts';

/** What an administrator may change of a VM while it runs. Pages. */
export interface VmChange {
  readonly shares?: Shares;
  readonly reservation?: Pages;
  readonly limit?: Pages;
}
