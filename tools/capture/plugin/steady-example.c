/*
 * Feeds a made-up guest of three frames to steady.c, with a content that is the page's first word: what the tests look at.
 *   steady-example FILE
 */
#include "content.h"
#include "steady.h"
#include <string.h>

#define PAGE 4096
#define MS 1000000ull

struct content content_of(const char *page) {
    struct content content = {.compressed = 40, .fill = FILL_OTHER};
    memcpy(&content.key, page, sizeof content.key);
    return content;
}

static char ram[3 * PAGE];

static void put(uint32_t frame, uint64_t word, uint32_t interval, uint64_t now_ms) {
    memcpy(ram + frame * PAGE, &word, sizeof word);
    steady_written(frame, interval, now_ms * MS);
}

int main(int argc, char **argv) {
    if (argc != 2 || !steady_open(argv[1], 1000 * MS)) return 2;
    put(0, 100, 0, 10);
    put(1, 101, 0, 10);
    put(2, 102, 0, 10);
    steady_look(ram, 10 * MS);
    put(1, 111, 1, 500); /* frame 1 is written again before its second is over: nothing of interval 0 */
    steady_look(ram, 500 * MS);
    steady_look(ram, 1600 * MS); /* 100, 111 and 102 have stood for a second */
    put(0, 120, 7, 1700); /* 100 ends: a row */
    steady_look(ram, 2700 * MS); /* and 120 stands */
    steady_snapshot(); /* which tells of 120, 111 and 102 */
    put(0, 130, 9, 3000); /* so no row for 120 */
    put(1, 131, 9, 3000);
    steady_look(ram, 4000 * MS); /* exactly a second */
    put(1, 141, 12, 4100); /* a row for 131 */
    steady_close();
    return 0;
}
