/*
 * QEMU TCG plugin: the page trace of a whole guest with one vCPU on the guest's own clock, whose intervals can be cut
 * exactly where the host takes a memory snapshot; and what frames held between snapshots.
 *
 *   cc -O2 -shared -fPIC -o guest-trace.so guest-trace.c clock.c content.c ksm-steps.c obt.c steady.c
 *       -l:libcrypto.so.3 -l:liblz4.so.1
 *   qemu-system-x86_64 -accel tcg,thread=single -icount shift=0,sleep=on -smp 1
 *       -object memory-backend-ram,id=ram0,size=128M -machine pc,memory-backend=ram0
 *       -plugin ./guest-trace.so,out=x.obt,name=x,control=CONTROL
 *
 * Options: out, name, control (path of the control page), every (instructions per interval, 2000000), slice (guest
 * milliseconds after which an interval ends even if fewer instructions ran, 1000: so that an idle guest has a clock),
 * steady (guest milliseconds that a frame must stand unwritten for its content to be noted, 1000), ksm (guest
 * milliseconds between two batches of ksmd, 0 = none; the RAM must be mergeable).
 *
 * Writes x.obt (OBT1, runs; page = guest frame), x.obt.times (u32 per interval: guest milliseconds at its end),
 * x.obt.steady (rows of OBC1), x.obt.ksm (lines of OBKSM1) and x.obt.totals (JSON). Only frames of the RAM are
 * recorded, no firmware ROM, no I/O.
 */
#define _GNU_SOURCE
#include "clock.h"
#include "ksm-steps.h"
#include "obt.h"
#include "qemu-plugin.h"
#include "steady.h"
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define NO_FRAME UINT32_MAX
#define PAGE_SHIFT 12
#define FRAMES_MAX (1u << 20)
#define NS_PER_MS 1000000ull
#define HELD_LOOK_US 200
/* How often the direct path to a frame number is compared with QEMU's own: the first so many, then one in so many. */
#define CHECKED_FIRST 200000u
#define CHECKED_EVERY 65536u

/*
 * The control page, shared with the host (host/control.py). The host writes `cut_wanted` while the VM stands; the
 * plugin looks at it before every translation block, so that the block that runs first after `cont` ends the interval
 * before it is counted or touches anything. `hold_at_ns`: from this guest time on the guest stands, with `held` set,
 * until the host names a later one; so the host acts at exact guest times, however fast the guest is.
 */
struct control {
    uint64_t instructions;
    uint64_t intervals;
    uint64_t guest_ns;
    uint64_t cut_wanted;
    uint64_t cut_done;
    uint64_t cut_instructions;
    uint64_t cut_intervals;
    uint64_t cut_guest_ns;
    uint64_t hold_at_ns;
    uint64_t held;
    uint64_t ram_base; /* where QEMU has the guest's RAM, for the host to read */
    uint64_t ram_bytes;
};

struct block {
    uint32_t instructions;
    uint32_t first_frame;
    uint32_t last_frame;
};

QEMU_PLUGIN_EXPORT int qemu_plugin_version = QEMU_PLUGIN_API_VERSION;

static struct obt trace;
static FILE *times;
static volatile struct control *control;
static char out_path[4096] = "trace.obt";
static uint64_t every = 2000000;
static uint64_t slice_ns = 1000 * NS_PER_MS;
static uint64_t steady_ns = 1000 * NS_PER_MS;
static uint64_t ksm_ns, ksm_due_ns;

static char *ram_base;
static size_t ram_bytes;
static uint32_t frames;

/* The interval that is running: strongest access per frame, and the range of frames touched. */
static uint8_t kind[FRAMES_MAX];
static uint32_t lowest = NO_FRAME;
static uint32_t highest;
static uint64_t started_at; /* instructions */
static uint64_t started_ns;

static uint64_t page_events;
static uint64_t accesses, checked, wrong, crossing;
static bool closed;
/* Last virtual page read and written in this block: inside one block it is the same frame. */
static uint64_t last_page[2] = {UINT64_MAX, UINT64_MAX};

static inline void touch(uint32_t frame, uint8_t strength) {
    if (frame >= frames || strength <= kind[frame]) return;
    kind[frame] = strength;
    if (lowest == NO_FRAME || frame < lowest) lowest = frame;
    if (frame > highest) highest = frame;
}

static void write_runs(uint64_t now_ns) {
    for (uint32_t frame = lowest; frame <= highest;) {
        uint32_t end = frame;
        uint8_t strength = kind[frame];
        if (!strength) {
            frame++;
            continue;
        }
        while (end <= highest && kind[end] == strength) end++;
        obt_run(&trace, frame, end - frame, strength);
        for (uint32_t at = frame; strength == OBT_WRITTEN && at < end; at++) {
            steady_written(at, (uint32_t)control->intervals, now_ns);
        }
        page_events += end - frame;
        frame = end;
    }
    memset(kind + lowest, 0, highest - lowest + 1);
    lowest = NO_FRAME;
    highest = 0;
}

static void end_interval(uint64_t now_ns) {
    uint32_t ms = (uint32_t)(now_ns / NS_PER_MS);
    if (lowest != NO_FRAME) write_runs(now_ns);
    steady_look(ram_base, now_ns);
    obt_interval(&trace, control->instructions - started_at);
    fwrite(&ms, sizeof ms, 1, times);
    started_at = control->instructions;
    started_ns = now_ns;
    control->guest_ns = now_ns;
    control->intervals++;
}

static bool anything_ran(void) { return control->instructions != started_at || lowest != NO_FRAME; }

/* The first block after a snapshot. */
static void cut(uint64_t now_ns) {
    if (anything_ran()) end_interval(now_ns);
    steady_snapshot();
    control->cut_instructions = control->instructions;
    control->cut_intervals = control->intervals;
    control->cut_guest_ns = now_ns;
    __sync_synchronize();
    control->cut_done = control->cut_wanted;
}

static void hold(void) {
    control->held = 1;
    while (control->guest_ns >= control->hold_at_ns && control->cut_wanted == control->cut_done) usleep(HELD_LOOK_US);
    control->held = 0;
}

static void end_interval_when_due(uint64_t now_ns) {
    bool ksm_is_due = ksm_ns && now_ns >= ksm_due_ns;
    bool full = control->instructions - started_at >= every || now_ns - started_ns >= slice_ns;
    if (anything_ran() && (full || ksm_is_due)) end_interval(now_ns);
    for (; ksm_ns && now_ns >= ksm_due_ns; ksm_due_ns += ksm_ns) ksm_step((uint32_t)control->intervals, now_ns);
}

static void on_block(unsigned vcpu, void *data) {
    const struct block *block = data;
    uint64_t now_ns;
    (void)vcpu;
    if (closed) return;
    now_ns = clock_ns(control->instructions);
    control->guest_ns = now_ns;
    if (control->cut_wanted != control->cut_done) cut(now_ns);
    end_interval_when_due(now_ns);
    if (now_ns >= control->hold_at_ns) hold();
    control->instructions += block->instructions;
    last_page[0] = last_page[1] = UINT64_MAX;
    touch(block->first_frame, OBT_FETCHED);
    touch(block->last_frame, OBT_FETCHED);
}

static uint32_t frame_of_host(const char *host) {
    if (host < ram_base || host >= ram_base + ram_bytes) return NO_FRAME;
    return (uint32_t)((size_t)(host - ram_base) >> PAGE_SHIFT);
}

/*
 * QEMU 7.2's struct qemu_plugin_hwaddr starts with two bools and, 8 bytes in, the host address of a RAM page. It is
 * read directly, since the official call walks QEMU's list of RAM blocks each time; both are compared again and again
 * and disagreements are counted (`fastPathWrong` in the totals must be 0).
 */
static uint32_t frame_of_access(qemu_plugin_meminfo_t info, uint64_t address) {
    struct qemu_plugin_hwaddr *where = qemu_plugin_get_hwaddr(info, address);
    uint32_t frame;
    if (!where || qemu_plugin_hwaddr_is_io(where)) return NO_FRAME;
    frame = frame_of_host(*(char **)((char *)where + 8));
    if (frame == NO_FRAME) return NO_FRAME;
    if (accesses < CHECKED_FIRST || accesses % CHECKED_EVERY == 0) {
        checked++;
        if (qemu_plugin_hwaddr_phys_addr(where) >> PAGE_SHIFT != frame) wrong++;
    }
    accesses++;
    return frame;
}

static void on_access(unsigned vcpu, qemu_plugin_meminfo_t info, uint64_t address, void *data) {
    bool store = qemu_plugin_mem_is_store(info);
    uint8_t strength = store ? OBT_WRITTEN : OBT_READ;
    uint64_t size = 1ull << qemu_plugin_mem_size_shift(info);
    bool crosses = (address & 4095) + size > 4096;
    (void)vcpu;
    (void)data;
    if (closed) return;
    if (!crosses && address >> PAGE_SHIFT == last_page[store]) return;
    if (!crosses) last_page[store] = address >> PAGE_SHIFT;
    touch(frame_of_access(info, address), strength);
    if (crosses) {
        crossing++;
        touch(frame_of_access(info, address + size - 1), strength);
    }
}

/*
 * Where QEMU has the guest's RAM (the block of `-object …,id=ram0`): code pages are known by their host address only. The
 * functions are QEMU's own, exported for its modules.
 */
static bool find_ram(void) {
    void *(*block_by_name)(const char *) = NULL, *(*address_of)(void *) = NULL, *block;
    size_t (*length_of)(void *) = NULL;
    *(void **)&block_by_name = dlsym(RTLD_DEFAULT, "qemu_ram_block_by_name");
    *(void **)&address_of = dlsym(RTLD_DEFAULT, "qemu_ram_get_host_addr");
    *(void **)&length_of = dlsym(RTLD_DEFAULT, "qemu_ram_get_used_length");
    block = block_by_name && address_of && length_of ? block_by_name("ram0") : NULL;
    if (!block) return false;
    ram_base = address_of(block);
    ram_bytes = length_of(block);
    frames = (uint32_t)(ram_bytes >> PAGE_SHIFT);
    if (frames > FRAMES_MAX) frames = FRAMES_MAX;
    control->ram_bytes = ram_bytes;
    control->ram_base = (uint64_t)(uintptr_t)ram_base;
    return true;
}

static uint32_t code_frame(const struct qemu_plugin_insn *insn) {
    const char *host = qemu_plugin_insn_haddr(insn);
    return host ? frame_of_host(host) : NO_FRAME;
}

static void on_translate(qemu_plugin_id_t id, struct qemu_plugin_tb *tb) {
    size_t count = qemu_plugin_tb_n_insns(tb);
    struct block *block = malloc(sizeof *block); /* lives as long as QEMU may run the block: for good */
    (void)id;
    if (closed || !block) return;
    if (!ram_base && !find_ram()) {
        fprintf(stderr, "guest-trace: this QEMU shows no RAM named ram0\n");
        abort();
    }
    block->instructions = (uint32_t)count;
    block->first_frame = code_frame(qemu_plugin_tb_get_insn(tb, 0));
    block->last_frame = code_frame(qemu_plugin_tb_get_insn(tb, count - 1));
    qemu_plugin_register_vcpu_tb_exec_cb(tb, on_block, QEMU_PLUGIN_CB_NO_REGS, block);
    for (size_t i = 0; i < count; i++) {
        qemu_plugin_register_vcpu_mem_cb(qemu_plugin_tb_get_insn(tb, i), on_access, QEMU_PLUGIN_CB_NO_REGS,
                                         QEMU_PLUGIN_MEM_RW, NULL);
    }
}

static void write_totals(void) {
    char path[4200];
    FILE *file;
    snprintf(path, sizeof path, "%s.totals", out_path);
    if (!(file = fopen(path, "w"))) return;
    fprintf(file, "{\"instructions\":%llu,\"intervals\":%llu,\"pageEvents\":%llu,\"fastPathChecked\":%llu,"
            "\"fastPathWrong\":%llu,\"pageCrossingAccesses\":%llu,\"clockAwayNs\":%lld}\n",
            (unsigned long long)control->instructions, (unsigned long long)control->intervals,
            (unsigned long long)page_events, (unsigned long long)checked, (unsigned long long)wrong,
            (unsigned long long)crossing, (long long)(clock_ns(control->instructions) - clock_ns_of_qemu()));
    fclose(file);
}

static void on_exit_of_qemu(qemu_plugin_id_t id, void *data) {
    (void)id;
    (void)data;
    if (closed) return;
    closed = true;
    if (anything_ran()) end_interval(clock_ns(control->instructions));
    obt_close(&trace, NULL, frames);
    fclose(times);
    steady_close();
    if (ksm_ns) ksm_close();
    write_totals();
}

static struct control *map_control(const char *path) {
    int fd = open(path, O_RDWR);
    void *page = fd < 0 ? MAP_FAILED : mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    return page == MAP_FAILED ? NULL : page;
}

/* The files beside the trace. */
static bool open_parts(void) {
    char path[4200];
    snprintf(path, sizeof path, "%s.times", out_path);
    if (!(times = fopen(path, "wb"))) return false;
    snprintf(path, sizeof path, "%s.steady", out_path);
    if (!steady_open(path, steady_ns)) return false;
    snprintf(path, sizeof path, "%s.ksm", out_path);
    return !ksm_ns || ksm_open(path);
}

static const char *value_of(const char *option, const char *name) {
    size_t length = strlen(name);
    return !strncmp(option, name, length) && option[length] == '=' ? option + length + 1 : NULL;
}

QEMU_PLUGIN_EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv) {
    const char *name = "", *control_path = "", *value;
    for (int i = 0; i < argc; i++) {
        if ((value = value_of(argv[i], "out"))) snprintf(out_path, sizeof out_path, "%s", value);
        else if ((value = value_of(argv[i], "control"))) control_path = value;
        else if ((value = value_of(argv[i], "name"))) name = value;
        else if ((value = value_of(argv[i], "every"))) every = strtoull(value, NULL, 10);
        else if ((value = value_of(argv[i], "slice"))) slice_ns = strtoull(value, NULL, 10) * NS_PER_MS;
        else if ((value = value_of(argv[i], "steady"))) steady_ns = strtoull(value, NULL, 10) * NS_PER_MS;
        else if ((value = value_of(argv[i], "ksm"))) ksm_ns = strtoull(value, NULL, 10) * NS_PER_MS;
        else return fprintf(stderr, "guest-trace: unknown option %s\n", argv[i]), 1;
    }
    control = map_control(control_path);
    if (!control || !info->system_emulation || info->system.smp_vcpus != 1) {
        return fprintf(stderr, "guest-trace: needs control= and a guest with one vCPU\n"), 1;
    }
    if (!clock_open()) return fprintf(stderr, "guest-trace: needs QEMU 7.2 with -icount shift=0\n"), 1;
    if (!open_parts()) return perror(out_path), 1;
    if (obt_open(&trace, out_path, 1, "qemu tcg plugin system, guest-physical pages", name, every)) {
        return perror(out_path), 1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
    qemu_plugin_register_atexit_cb(id, on_exit_of_qemu, NULL);
    return 0;
}
