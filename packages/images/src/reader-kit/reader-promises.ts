/** What every reader promises; the names of the kit's tests. */
export const READER_PROMISES = {
  plain: 'is a plain object of this contract, with an id and a title',
  recognises: 'knows its files by their first bytes, and does not take others for them',
  layout: 'gives extents in ascending order, each page once, the same when asked again',
  pages: 'gives each page as it is, or says that it is zero or unknown, and why',
  ranges: 'reads any range in any order, and writes nowhere else',
  again: 'gives the same from a second instance, as worker threads open one',
  cut: 'refuses a file that was cut, or gives what is left as it was',
  damage: 'refuses a damaged or lying file by an error that names it, or reads on',
  bounded: 'asks for no more bytes than the file has, whatever its headers say',
} as const;

export type ReaderPromiseId = keyof typeof READER_PROMISES;
