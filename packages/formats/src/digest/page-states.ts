/** What is known of a page. Everything from PAGE_HOLE on is unknown: never zero, never data. */
export const PAGE_DATA = 0;
/** All zero, and known to be so without looking at bytes (a hole of a sparse file, a descriptor that says so). */
export const PAGE_ZERO = 1;
/** The file does not describe this guest page, though it describes later ones: no memory, or not written. */
export const PAGE_HOLE = 2;
/** The tool that wrote the file left the page out on purpose (a filter, a dump level). */
export const PAGE_EXCLUDED = 3;
/** The file should hold the page and does not: the disk was full, the dump was cut short. */
export const PAGE_LOST = 4;
/** Only some of the page's bytes are in the file: a range ends inside it. */
export const PAGE_PARTIAL = 5;
/** AVML leaves blocks of zeros out, so a gap is either memory full of zeros or no memory. */
export const PAGE_HOLE_OR_ZERO = 6;
/**
 * Video memory or firmware that the dumper wrote as if it were memory: no page of the guest's at all, not counted.
 */
export const PAGE_DEVICE = 7;

/** Names of the states, index: the constants above. */
export const PAGE_STATES = [
  'data',
  'zero',
  'hole',
  'excluded',
  'lost',
  'partial',
  'holeOrZero',
  'device',
] as const;
