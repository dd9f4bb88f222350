/*
 * A plugin has no call for the guest's clock in version 1 of the interface, and QEMU's own function must not be called
 * while a block runs. So the two numbers that make the clock are read directly: instructions counted at QEMU's last
 * update, and the time that passed beside them (while the guest was idle). What the guest ran since that update, the
 * caller has counted. Debian's QEMU exports its symbols for its modules; the layout is that of 7.2.
 */
#define _GNU_SOURCE
#include "clock.h"
#include <dlfcn.h>
#include <stddef.h>

/* QEMU 7.2, softmmu/timers-state.h: the fields up to the ones read here. */
struct timers_state {
    int64_t cpu_ticks_prev;
    int64_t cpu_ticks_offset;
    unsigned sequence;
    int lock;
    int16_t cpu_ticks_enabled;
    int16_t icount_time_shift;
    int64_t last_delta;
    int64_t qemu_icount_bias;
    int64_t vm_clock_warp_start;
    int64_t cpu_clock_offset;
    int64_t qemu_icount;
};

enum { QEMU_CLOCK_VIRTUAL = 1 };

static volatile struct timers_state *timers;
static int64_t (*qemu_clock)(int type);
static const int *use_icount;
/* The clock at the update that was seen last, and the caller's count then. */
static int64_t updated_ns = -1;
static uint64_t updated_at;
static uint64_t told_ns;

bool clock_open(void) {
    timers = dlsym(RTLD_DEFAULT, "timers_state");
    *(void **)&qemu_clock = dlsym(RTLD_DEFAULT, "qemu_clock_get_ns");
    use_icount = dlsym(RTLD_DEFAULT, "use_icount");
    return timers && qemu_clock && use_icount && *use_icount == 1 && timers->icount_time_shift == 0;
}

uint64_t clock_ns(uint64_t instructions) {
    int64_t now = timers->qemu_icount_bias + timers->qemu_icount;
    if (now != updated_ns) {
        updated_ns = now;
        updated_at = instructions;
    }
    now += (int64_t)(instructions - updated_at);
    /* A block that was left early had been counted whole: the clock stands until QEMU's count has come so far. */
    if ((uint64_t)now > told_ns) told_ns = (uint64_t)now;
    return told_ns;
}

uint64_t clock_ns_of_qemu(void) { return (uint64_t)qemu_clock(QEMU_CLOCK_VIRTUAL); }
