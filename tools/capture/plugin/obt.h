/* Writes page traces in the OBT1 format (docs/formats/trace.md, "What can be imported"). */
#ifndef OVERBOOK_OBT_H
#define OVERBOOK_OBT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum obt_kind { OBT_FETCHED = 1, OBT_READ = 2, OBT_WRITTEN = 3 };

struct obt {
    FILE *file;
    int64_t last;  /* page before; -1 at the start of an interval of runs, 0 at the start of a plain trace */
    int runs;      /* coding: ascending runs, else pages in order of first touch */
};

/* Creates the file and writes its first line; 0 on success. `every`: instructions per interval. */
int obt_open(struct obt *obt, const char *path, int runs, const char *source, const char *name, uint64_t every);

/* A run of neighbouring pages with one strongest access; runs must ascend within an interval. */
void obt_run(struct obt *obt, uint32_t first, uint32_t length, enum obt_kind kind);

/* A page in order of first touch (plain coding). */
void obt_page(struct obt *obt, uint32_t page, enum obt_kind kind);

/* Ends an interval; 0 instructions are written as 1, since 0 would end the trace. */
void obt_interval(struct obt *obt, uint64_t instructions);

/* Ends the trace with its page table: the real number of each page, or, without `numbers`, 0 .. pages - 1. */
int obt_close(struct obt *obt, const uint64_t *numbers, uint32_t pages);

#endif
