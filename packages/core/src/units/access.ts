/** What an access did; of a page's accesses in an interval the strongest counts. 0 is left for "none". */
export const ACCESS_FETCH = 1;
export const ACCESS_READ = 2;
/** Perhaps read first. */
export const ACCESS_WRITE = 3;

/** A touch in one word: the page in the bits of TOUCH_PAGE, and TOUCH_WRITE where it is written. Others are free. */
export const TOUCH_PAGE = 0x0fffffff;
export const TOUCH_WRITE = 1 << 28;
