import type { ContentTable } from '../units/content.ts';

/**
 * What a VM's memory holds before its guest runs: the image that it is cloned from, or the snapshot it resumes. Pages
 * that the guest has not touched read as it; a page that was taken away since (ballooned, dropped) reads as zero like
 * any other.
 */
export interface Template {
  /** VMs whose templates have one name start from the same image: page n of each holds the same. */
  readonly name: string;
  readonly contents: ContentTable;
  /** By page from page 0 on: index into `contents` + 1; 0, and pages beyond its end, read as zero. */
  readonly pages: Uint32Array;
}
