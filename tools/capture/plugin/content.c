/* Needs libcrypto and liblz4. Debian's packages of these have no headers without -dev: what is used is declared here. */
#include "content.h"
#include <stddef.h>
#include <string.h>

#define PAGE 4096
#define WORD 8

unsigned char *SHA256(const unsigned char *data, size_t bytes, unsigned char *digest);
int LZ4_compress_default(const char *from, char *to, int bytes, int room);

static enum fill fill_of(const char *page) {
    uint64_t word;
    if (memcmp(page, page + WORD, PAGE - WORD)) return FILL_OTHER;
    memcpy(&word, page, sizeof word);
    return word ? FILL_SAME : FILL_ZERO;
}

struct content content_of(const char *page) {
    struct content content = {.fill = fill_of(page)};
    unsigned char digest[32];
    char scratch[PAGE + 64]; /* LZ4_compressBound(4096) = 4128 */
    SHA256((const unsigned char *)page, PAGE, digest);
    memcpy(&content.key, digest, sizeof content.key);
    content.compressed = (uint16_t)LZ4_compress_default(page, scratch, PAGE, sizeof scratch);
    return content;
}
