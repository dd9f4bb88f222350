import { linuxSince } from '@overbook/core';

/** What KSM does differently from one version of Linux to the next, as far as it shows in what is shared. */
export interface KsmKernel {
  /** Before 6.11 the stable tree is searched ahead of the checksum test. */
  readonly stableFirst: boolean;
  /** 6.7: "mm/ksm: add smart scan". */
  readonly smartScan: boolean;
  /** 6.6: unmerging takes pages off the zero page too ("ksm: support unsharing KSM-placed zero pages"). */
  readonly unmergesZeroPages: boolean;
  /**
   * 6.12: splitting an anonymous huge page maps its pages of zeros to the zero page, and they leave KSM ("mm: remap
   * unused subpages to shared zeropage when splitting isolated thp", b1f202060afe).
   */
  readonly splitsToZeroPage: boolean;
}

/** @param version as LINUX_VERSION accepts it */
export function ksmKernel(version: string): KsmKernel {
  return {
    stableFirst: !linuxSince(version, 6, 11),
    smartScan: linuxSince(version, 6, 7),
    unmergesZeroPages: linuxSince(version, 6, 6),
    splitsToZeroPage: linuxSince(version, 6, 12),
  };
}
