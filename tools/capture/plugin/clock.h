/* The guest's own clock under `-icount shift=0`: one nanosecond an instruction, and idle time as it passes. */
#ifndef OVERBOOK_CLOCK_H
#define OVERBOOK_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* Finds QEMU's clock; false where this QEMU does not show it, or does not count instructions one nanosecond each. */
bool clock_open(void);

/* Nanoseconds since power-on, from any place in a plugin. `instructions`: counted by the caller so far. */
uint64_t clock_ns(uint64_t instructions);

/* The same as QEMU itself tells it. Only where no block of the guest runs: it ends QEMU elsewhere. */
uint64_t clock_ns_of_qemu(void);

#endif
