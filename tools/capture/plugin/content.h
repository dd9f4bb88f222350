/* What a recording keeps of a page's content, as host/snapshots.py makes it. */
#ifndef OVERBOOK_CONTENT_H
#define OVERBOOK_CONTENT_H

#include <stdint.h>

enum fill { FILL_OTHER = 0, FILL_ZERO = 1, FILL_SAME = 2 };

struct __attribute__((packed)) content {
    uint64_t key;        /* first 8 bytes of SHA-256 */
    uint16_t compressed; /* bytes, LZ4_compress_default of the page alone */
    uint8_t fill;
    uint8_t unused;
};

struct content content_of(const char *page);

#endif
