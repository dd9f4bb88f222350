/** What every reader promises; the names of the kit's tests. */
export const READER_PROMISES = {
  plain: 'is a plain object of this contract, with an id and a title',
  recognises: 'knows its files by their first bytes, and does not mistake others for them',
  layout: 'gives extents in ascending order, each page once, and the same when asked again',
  pages: 'gives each page as it is, or says that it is zero or unknown, and why',
  ranges: 'reads any range in any order, and writes nothing outside it',
  again: 'gives the same from a second instance, as a worker thread opens it',
  cut: 'refuses a truncated file, or gives the remaining pages unchanged',
  damage: 'refuses a damaged or inconsistent file with an error that names it, or reads on',
  bounded: 'requests no more bytes than the file has, whatever its headers say',
} as const;

export type ReaderPromiseId = keyof typeof READER_PROMISES;
