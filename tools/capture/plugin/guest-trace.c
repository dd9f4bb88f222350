/*
 * QEMU TCG plugin: the page trace of a whole guest with one vCPU, whose intervals can be cut exactly where the host
 * takes a memory snapshot.
 *
 *   cc -O2 -shared -fPIC -o guest-trace.so guest-trace.c obt.c
 *   qemu-system-x86_64 -accel tcg,thread=single -smp 1 -object memory-backend-file,id=ram0,mem-path=RAM,size=128M,share=on
 *       -machine pc,memory-backend=ram0 -plugin ./guest-trace.so,out=x.obt,name=x,ram=RAM,control=CONTROL
 *
 * Options: out, name, ram (path of the RAM file), control (path of the control page), every (instructions per interval,
 * 2000000), slice (guest milliseconds after which an interval ends even if fewer instructions ran, 1000: so that an
 * idle guest has a clock).
 *
 * Writes x.obt (OBT1, runs; page = guest frame), x.obt.times (u32 per interval: guest milliseconds at its end) and
 * x.obt.totals (JSON). Only frames of the RAM file are recorded, no firmware ROM, no I/O.
 */
#define _GNU_SOURCE
#include "obt.h"
#include "qemu-plugin.h"
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#define NO_FRAME UINT32_MAX
#define PAGE_SHIFT 12
#define FRAMES_MAX (1u << 20)
#define NS_PER_MS 1000000ull
/* How often the direct path to a frame number is compared with QEMU's own: the first so many, then one in so many. */
#define CHECKED_FIRST 200000u
#define CHECKED_EVERY 65536u

/*
 * The control page, shared with the host (host/control.py). The host writes `cut_wanted` (and before it
 * `stopped_at_ns`) while the VM stands; the plugin looks at it before every translation block, so that the block that
 * runs first after `cont` ends the interval before it is counted or touches anything.
 */
struct control {
    uint64_t instructions;
    uint64_t intervals;
    uint64_t guest_ns;
    uint64_t cut_wanted;
    uint64_t stopped_at_ns; /* host CLOCK_MONOTONIC */
    uint64_t cut_done;
    uint64_t cut_instructions;
    uint64_t cut_intervals;
    uint64_t cut_guest_ns;
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
static char ram_path[4096];
static uint64_t every = 2000000;
static uint64_t slice_ns = 1000 * NS_PER_MS;

static char *ram_base;
static size_t ram_bytes;
static uint32_t frames;

/* The interval that is running: strongest access per frame, and the range of frames touched. */
static uint8_t kind[FRAMES_MAX];
static uint32_t lowest = NO_FRAME;
static uint32_t highest;
static uint64_t started_at; /* instructions */
static uint64_t started_ns;

static uint64_t power_on_ns, paused_ns, page_events, blocks;
static uint64_t accesses, checked, wrong, crossing;
static bool closed;
/* Last virtual page read and written in this block: inside one block it is the same frame. */
static uint64_t last_page[2] = {UINT64_MAX, UINT64_MAX};

static uint64_t host_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000ull + (uint64_t)now.tv_nsec;
}

static uint64_t guest_ns(void) { return host_ns() - power_on_ns - paused_ns; }

static inline void touch(uint32_t frame, uint8_t strength) {
    if (frame >= frames || strength <= kind[frame]) return;
    kind[frame] = strength;
    if (lowest == NO_FRAME || frame < lowest) lowest = frame;
    if (frame > highest) highest = frame;
}

static void write_runs(void) {
    for (uint32_t frame = lowest; frame <= highest;) {
        uint32_t end = frame;
        uint8_t strength = kind[frame];
        if (!strength) {
            frame++;
            continue;
        }
        while (end <= highest && kind[end] == strength) end++;
        obt_run(&trace, frame, end - frame, strength);
        page_events += end - frame;
        frame = end;
    }
    memset(kind + lowest, 0, highest - lowest + 1);
    lowest = NO_FRAME;
    highest = 0;
}

static void end_interval(uint64_t now_ns) {
    uint32_t ms = (uint32_t)(now_ns / NS_PER_MS);
    if (lowest != NO_FRAME) write_runs();
    obt_interval(&trace, control->instructions - started_at);
    fwrite(&ms, sizeof ms, 1, times);
    started_at = control->instructions;
    started_ns = now_ns;
    control->guest_ns = now_ns;
    control->intervals++;
}

static bool anything_ran(void) { return control->instructions != started_at || lowest != NO_FRAME; }

/* The first block after a snapshot. */
static void cut(void) {
    uint64_t now;
    if (!power_on_ns) power_on_ns = host_ns();
    else paused_ns += host_ns() - control->stopped_at_ns;
    now = guest_ns();
    if (anything_ran()) end_interval(now);
    control->cut_instructions = control->instructions;
    control->cut_intervals = control->intervals;
    control->cut_guest_ns = now;
    __sync_synchronize();
    control->cut_done = control->cut_wanted;
}

static void end_interval_when_due(void) {
    uint64_t now;
    if (control->instructions - started_at >= every) {
        end_interval(guest_ns());
    } else if ((++blocks & 255) == 0) { /* reading the clock before every block would be slow */
        now = guest_ns();
        control->guest_ns = now;
        if (now - started_ns >= slice_ns && anything_ran()) end_interval(now);
    }
}

static void on_block(unsigned vcpu, void *data) {
    const struct block *block = data;
    (void)vcpu;
    if (closed) return;
    if (control->cut_wanted != control->cut_done) cut();
    if (!power_on_ns) power_on_ns = host_ns();
    end_interval_when_due();
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

/* Where this process has mapped the RAM file: code pages are known by their host address only. */
static void find_ram(void) {
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[8192];
    unsigned long start, end;
    while (maps && fgets(line, sizeof line, maps)) {
        if (!strstr(line, ram_path) || sscanf(line, "%lx-%lx", &start, &end) != 2) continue;
        if (!ram_base) ram_base = (char *)start;
        ram_bytes = (size_t)((char *)end - ram_base);
    }
    if (maps) fclose(maps);
    frames = (uint32_t)(ram_bytes >> PAGE_SHIFT);
    if (frames > FRAMES_MAX) frames = FRAMES_MAX;
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
    if (!ram_base) find_ram();
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
            "\"fastPathWrong\":%llu,\"pageCrossingAccesses\":%llu}\n",
            (unsigned long long)control->instructions, (unsigned long long)control->intervals,
            (unsigned long long)page_events, (unsigned long long)checked, (unsigned long long)wrong,
            (unsigned long long)crossing);
    fclose(file);
}

static void on_exit_of_qemu(qemu_plugin_id_t id, void *data) {
    (void)id;
    (void)data;
    if (closed) return;
    closed = true;
    if (anything_ran()) end_interval(guest_ns());
    obt_close(&trace, NULL, frames);
    fclose(times);
    write_totals();
}

static struct control *map_control(const char *path) {
    int fd = open(path, O_RDWR);
    void *page = fd < 0 ? MAP_FAILED : mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    return page == MAP_FAILED ? NULL : page;
}

static const char *value_of(const char *option, const char *name) {
    size_t length = strlen(name);
    return !strncmp(option, name, length) && option[length] == '=' ? option + length + 1 : NULL;
}

QEMU_PLUGIN_EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv) {
    const char *name = "", *control_path = "", *value;
    char path[4200];
    for (int i = 0; i < argc; i++) {
        if ((value = value_of(argv[i], "out"))) snprintf(out_path, sizeof out_path, "%s", value);
        else if ((value = value_of(argv[i], "ram"))) snprintf(ram_path, sizeof ram_path, "%s", value);
        else if ((value = value_of(argv[i], "control"))) control_path = value;
        else if ((value = value_of(argv[i], "name"))) name = value;
        else if ((value = value_of(argv[i], "every"))) every = strtoull(value, NULL, 10);
        else if ((value = value_of(argv[i], "slice"))) slice_ns = strtoull(value, NULL, 10) * NS_PER_MS;
        else return fprintf(stderr, "guest-trace: unknown option %s\n", argv[i]), 1;
    }
    control = map_control(control_path);
    if (!control || !*ram_path || !info->system_emulation || info->system.smp_vcpus != 1) {
        return fprintf(stderr, "guest-trace: needs ram=, control= and a guest with one vCPU\n"), 1;
    }
    snprintf(path, sizeof path, "%s.times", out_path);
    times = fopen(path, "wb");
    if (!times || obt_open(&trace, out_path, 1, "qemu tcg plugin system, guest-physical pages", name, every)) {
        return perror(out_path), 1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
    qemu_plugin_register_atexit_cb(id, on_exit_of_qemu, NULL);
    return 0;
}
