import {
  ROLE_ANONYMOUS,
  ROLE_BALLOON,
  ROLE_FILE_CLEAN,
  ROLE_FREE,
  ROLE_KERNEL,
  ROLE_PAGE_TABLE,
} from '@overbook/formats/roles';

/** What a frame is used for. */
export const USE_NONE = 0;
export const USE_KERNEL = 1;
export const USE_TABLE = 2;
export const USE_ANON = 3;
export const USE_FILE = 4;
export const USE_BALLOON = 5;
/** By use. File pages are clean: what a program writes is anonymous here. */
const ROLES = [
  ROLE_FREE,
  ROLE_KERNEL,
  ROLE_PAGE_TABLE,
  ROLE_ANONYMOUS,
  ROLE_FILE_CLEAN,
  ROLE_BALLOON,
] as const;

/** What the kernel knows of each frame (Linux struct page), as columns. */
export class PageFrames {
  readonly use: Uint8Array;
  /** Process of an anonymous frame, file of a cached one. */
  readonly owner: Uint16Array;
  /** Page of the process's program, or of the file. */
  readonly page: Uint32Array;
  /** The hardware's accessed bit, and the kernel's own second one. */
  readonly accessed: Uint8Array;
  readonly referenced: Uint8Array;
  /** 1 where a process runs code from the frame. */
  readonly executable: Uint8Array;

  constructor(size: number) {
    this.use = new Uint8Array(size);
    this.owner = new Uint16Array(size);
    this.page = new Uint32Array(size);
    this.accessed = new Uint8Array(size);
    this.referenced = new Uint8Array(size);
    this.executable = new Uint8Array(size);
  }

  assign(frame: number, use: number, owner: number, page: number): void {
    this.use[frame] = use;
    this.owner[frame] = owner;
    this.page[frame] = page;
  }

  /** The frame is free: nothing is known of it. */
  clear(frame: number): void {
    this.use[frame] = USE_NONE;
    this.accessed[frame] = 0;
    this.referenced[frame] = 0;
    this.executable[frame] = 0;
  }

  /** What a frame is used for, as recordings name it. */
  roleOf(frame: number): number {
    return ROLES[this.use[frame]!]!;
  }
}
