import { PAGES_PER_MIB } from './page.ts';

/** Pages in MiB for messages, with as many places as a page may need. */
export function inMiB(count: number): string {
  return `${Number((count / PAGES_PER_MIB).toFixed(3))} MiB`;
}
