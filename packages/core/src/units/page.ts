/**
 * Page sizes and page numbers. Three address spaces meet in this project and a number of one must never be
 * taken for a number of another, so each is its own branded type (erased at run time: a page number stays a
 * plain number and costs nothing).
 */
declare const unit: unique symbol;

/** Guest-virtual page number: address in a guest process / 4096. */
export type Gvpn = number & { readonly [unit]: 'gvpn' };
/** Guest frame number: guest-physical address / 4096, per VM (ESX literature: PPN). */
export type Gfn = number & { readonly [unit]: 'gfn' };
/** Machine frame number: host-physical address / 4096 (ESX literature: MPN). */
export type Mfn = number & { readonly [unit]: 'mfn' };
/** A guest page among those of all VMs of the host, which are numbered through: VM after VM. */
export type HostPage = number & { readonly [unit]: 'host page' };
/** Index of a virtual machine in its host, 0 first, in the order in which the VMs were given. */
export type VmId = number & { readonly [unit]: 'vm' };
/** A count of 4 KiB pages. */
export type Pages = number & { readonly [unit]: 'pages' };
/** A count of bytes. */
export type Bytes = number & { readonly [unit]: 'bytes' };
/** Virtual time or a duration in nanoseconds; exact up to 2^53 (104 days). */
export type Nanoseconds = number & { readonly [unit]: 'ns' };

/** Bytes of one small page or frame. Multiply by it: `gfn << 12` wraps at 2 GiB. */
export const PAGE_BYTES = 4096;
/** Small pages in one 2 MiB large page (x86-64). */
export const LARGE_PAGE_PAGES = 512;
/** Pages in one MiB. */
export const PAGES_PER_MIB = 256;
export const NS_PER_MS = 1_000_000;
export const NS_PER_SECOND = 1_000_000_000;

/** Brands a number as a guest frame; the range was checked where the number entered. */
export function toGfn(n: number): Gfn {
  return n as Gfn;
}
/** Brands a number as a guest-virtual page. */
export function toGvpn(n: number): Gvpn {
  return n as Gvpn;
}
/** Brands a number as a machine frame. */
export function toMfn(n: number): Mfn {
  return n as Mfn;
}
/** Brands a number as a guest page among those of all VMs. */
export function toHostPage(n: number): HostPage {
  return n as HostPage;
}
/** Brands a number as a VM's index. */
export function toVmId(n: number): VmId {
  return n as VmId;
}
/** Brands a count of pages. */
export function toPages(n: number): Pages {
  return n as Pages;
}
/** Brands a number of bytes. */
export function toBytes(n: number): Bytes {
  return n as Bytes;
}
/** Brands a number of nanoseconds. */
export function toNs(n: number): Nanoseconds {
  return n as Nanoseconds;
}
/** Whole pages in so many MiB; fractions of a page are dropped. */
export function mib(n: number): Pages {
  return Math.floor(n * PAGES_PER_MIB) as Pages;
}
