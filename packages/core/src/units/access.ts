/** What an access did; of a page's accesses in an interval the strongest counts. 0 is left for "none". */
export const ACCESS_FETCH = 1;
export const ACCESS_READ = 2;
/** Perhaps read first. */
export const ACCESS_WRITE = 3;
