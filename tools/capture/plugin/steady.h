/*
 * Contents that a frame held for a while between two snapshots: a snapshot does not see them, but a host that scans for
 * equal pages may.
 */
#ifndef OVERBOOK_STEADY_H
#define OVERBOOK_STEADY_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Writes rows to `path` (format OBC1 without its first line, docs/formats/recording.md); `steady_ns`: how long a frame
 * must have stood unwritten. `ram`: host address of the guest's RAM.
 */
bool steady_open(const char *path, uint64_t steady_ns);

/* The interval that ends now wrote the frame. All frames of an interval first, then `steady_look`. */
void steady_written(uint32_t frame, uint32_t interval, uint64_t now_ns);

/* Notes what frames hold that were last written `steady_ns` ago. */
void steady_look(const char *ram, uint64_t now_ns);

/* A snapshot is taken: it tells what all frames hold now. */
void steady_snapshot(void);

void steady_close(void);

#endif
