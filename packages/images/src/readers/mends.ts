/** What helps with images that cannot be read as they are. */

/** Damage: a copy may be damaged, and what a tool writes wrong it writes wrong again. */
export const MEND_DAMAGED =
  'Compare size and checksum with the source. If they differ, copy the file again; else take the image with another ' +
  'tool or in another format of docs/formats/images.md.';

/** An image that ends too early. */
export const MEND_CUT =
  'Copy the file again; if the source is just as short, take the image again with enough room on the disk.';
