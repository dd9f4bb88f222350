/*
 * Writes a small trace with the writer alone, without QEMU: what the tests read back with the importer.
 *   obt-example runs FILE | obt-example plain FILE
 */
#include "obt.h"
#include <string.h>

int main(int argc, char **argv) {
    struct obt obt;
    static const uint64_t numbers[] = {900, 7, 1ull << 36, 8};
    if (argc != 3) return 2;
    int runs = !strcmp(argv[1], "runs");
    if (obt_open(&obt, argv[2], runs, "obt-example, guest-virtual pages", "example", 1000)) return 1;
    if (runs) {
        obt_run(&obt, 0, 3, OBT_FETCHED);
        obt_run(&obt, 3, 1, OBT_WRITTEN);
        obt_run(&obt, 1000, 200, OBT_READ);
        obt_interval(&obt, 1000);
        obt_interval(&obt, 0);
        obt_run(&obt, 1199, 1, OBT_WRITTEN);
        obt_interval(&obt, 5000000000ull);
        return obt_close(&obt, NULL, 1200) ? 1 : 0;
    }
    obt_page(&obt, 0, OBT_READ);
    obt_page(&obt, 1, OBT_WRITTEN);
    obt_page(&obt, 2, OBT_FETCHED);
    obt_interval(&obt, 1000);
    obt_page(&obt, 3, OBT_WRITTEN);
    obt_page(&obt, 0, OBT_FETCHED);
    obt_interval(&obt, 70);
    return obt_close(&obt, numbers, 4) ? 1 : 0;
}
