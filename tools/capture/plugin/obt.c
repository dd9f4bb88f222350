/* The OBT1 writer: one JSON line, LEB128 varints, a page table. */
#include "obt.h"

static void put_varint(FILE *file, uint64_t value) {
    do {
        unsigned char byte = value & 127;
        value >>= 7;
        putc(byte | (value ? 128 : 0), file);
    } while (value);
}

static void put_little(FILE *file, uint64_t value, int bytes) {
    for (int i = 0; i < bytes; i++) putc((int)(value >> (8 * i) & 255), file);
}

int obt_open(struct obt *obt, const char *path, int runs, const char *source, const char *name, uint64_t every) {
    obt->file = fopen(path, "wb");
    obt->runs = runs;
    obt->last = runs ? -1 : 0;
    if (!obt->file) return -1;
    setvbuf(obt->file, NULL, _IOFBF, 1 << 20);
    fprintf(obt->file, "{\"format\":\"OBT1\",\"source\":\"%s\",\"name\":\"%s\",\"interval\":%llu,\"pageSize\":4096%s}\n",
            source, name, (unsigned long long)every, runs ? ",\"coding\":\"runs\"" : "");
    return 0;
}

void obt_run(struct obt *obt, uint32_t first, uint32_t length, enum obt_kind kind) {
    uint64_t gap = (uint64_t)((int64_t)first - obt->last - 1);
    put_varint(obt->file, (gap * 2 + (length > 1)) * 4 + kind + 1);
    if (length > 1) put_varint(obt->file, length - 2);
    obt->last = (int64_t)first + length - 1;
}

void obt_page(struct obt *obt, uint32_t page, enum obt_kind kind) {
    int64_t away = (int64_t)page - obt->last;
    uint64_t zigzag = away < 0 ? (uint64_t)(-away) * 2 - 1 : (uint64_t)away * 2;
    put_varint(obt->file, zigzag * 4 + kind + 1);
    obt->last = page;
}

void obt_interval(struct obt *obt, uint64_t instructions) {
    put_varint(obt->file, 0);
    put_varint(obt->file, instructions ? instructions : 1);
    if (obt->runs) obt->last = -1;
}

int obt_close(struct obt *obt, const uint64_t *numbers, uint32_t pages) {
    put_varint(obt->file, 0);
    put_varint(obt->file, 0);
    put_little(obt->file, pages, 4);
    for (uint32_t page = 0; page < pages; page++) put_little(obt->file, numbers ? numbers[page] : page, 8);
    return fclose(obt->file);
}
