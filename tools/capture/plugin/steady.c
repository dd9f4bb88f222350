#include "steady.h"
#include "content.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE 4096
#define FRAMES_MAX (1u << 20)

/* A row of the file, as it lies there: all machines that run this are little endian. */
struct row {
    uint32_t interval;
    uint32_t frame;
    struct content content;
};
_Static_assert(sizeof(struct row) == 20, "rows are read as 20 bytes");

/* A write that may turn out to have been the last for a while. */
struct due {
    uint32_t frame;
    uint32_t interval;
    uint64_t ns;
};

static FILE *file;
static uint64_t steady_ns;
/* Interval + 1 of each frame's last write since the last snapshot. */
static uint32_t last_write[FRAMES_MAX];
/* What each frame was found to hold; `interval` is one more, 0 = nothing found. */
static struct row held[FRAMES_MAX];

/* Oldest write first; `first` and `end` only grow, and are taken modulo `room`, a power of two. */
static struct due *queue;
static size_t room, first, end;

bool steady_open(const char *path, uint64_t ns) {
    file = fopen(path, "wb");
    steady_ns = ns;
    room = 1 << 16;
    queue = malloc(room * sizeof *queue);
    return file && queue;
}

static void grow(void) {
    struct due *larger = malloc(2 * room * sizeof *larger);
    if (!larger) abort();
    for (size_t at = first; at < end; at++) larger[at % (2 * room)] = queue[at % room];
    free(queue);
    queue = larger;
    room *= 2;
}

void steady_written(uint32_t frame, uint32_t interval, uint64_t now_ns) {
    struct row *row = &held[frame];
    if (row->interval) {
        struct row out = *row;
        out.interval--;
        fwrite(&out, sizeof out, 1, file);
        row->interval = 0;
    }
    last_write[frame] = interval + 1;
    if (end - first == room) grow();
    queue[end++ % room] = (struct due){frame, interval, now_ns};
}

void steady_look(const char *ram, uint64_t now_ns) {
    while (first < end && queue[first % room].ns + steady_ns <= now_ns) {
        const struct due *due = &queue[first++ % room];
        if (last_write[due->frame] != due->interval + 1) continue;
        held[due->frame] = (struct row){due->interval + 1, due->frame, content_of(ram + (size_t)due->frame * PAGE)};
    }
}

void steady_snapshot(void) {
    first = end = 0;
    memset(last_write, 0, sizeof last_write);
    memset(held, 0, sizeof held);
}

void steady_close(void) { fclose(file); }
