/*
 * QEMU TCG plugin: the page trace of one program under user-mode emulation.
 *
 *   cc -O2 -shared -fPIC -o program-trace.so program-trace.c obt.c
 *   qemu-x86_64 -plugin ./program-trace.so,out=sort.obt,name=sort,every=1000000 /usr/bin/sort big.txt
 *
 * Options: out, name, every (instructions per interval, 1000000). Writes OBT1 in order of first touch, with the virtual
 * page numbers behind. For single-threaded programs: threads are counted into one stream.
 */
#include "obt.h"
#include "qemu-plugin.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_SHIFT 12
#define TABLE_BITS 22
#define TABLE_SLOTS (1u << TABLE_BITS)
/* A table that is three quarters full is given up: 12 GiB of distinct pages. */
#define PAGES_MAX (TABLE_SLOTS / 4 * 3)

struct block {
    uint32_t instructions;
    uint64_t first_page;
    uint64_t last_page;
};

QEMU_PLUGIN_EXPORT int qemu_plugin_version = QEMU_PLUGIN_API_VERSION;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct obt trace;
static uint64_t every = 1000000;

/* Real page number → page, by open addressing; slot value 0 = empty, else page + 1. */
static uint32_t *slots;
static uint64_t *numbers;
static uint32_t pages;

/* The interval that is running: strongest access per page, and the pages in order of first touch. */
static uint8_t *kind;
static uint32_t *order;
static uint32_t touched;
static uint64_t instructions, started_at;
static bool closed;

static uint32_t page_of(uint64_t number) {
    uint32_t slot = (uint32_t)((number * 0x9e3779b97f4a7c15ull) >> (64 - TABLE_BITS));
    while (slots[slot] && numbers[slots[slot] - 1] != number) slot = (slot + 1) & (TABLE_SLOTS - 1);
    if (!slots[slot]) {
        if (pages == PAGES_MAX) {
            fprintf(stderr, "program-trace: more than %u distinct pages\n", PAGES_MAX);
            exit(1);
        }
        numbers[pages] = number;
        slots[slot] = ++pages;
    }
    return slots[slot] - 1;
}

static void touch(uint64_t number, uint8_t strength) {
    uint32_t page = page_of(number);
    if (!kind[page]) order[touched++] = page;
    if (strength > kind[page]) kind[page] = strength;
}

static void end_interval(void) {
    for (uint32_t i = 0; i < touched; i++) {
        obt_page(&trace, order[i], kind[order[i]]);
        kind[order[i]] = 0;
    }
    touched = 0;
    obt_interval(&trace, instructions - started_at);
    started_at = instructions;
}

static void on_block(unsigned vcpu, void *data) {
    const struct block *block = data;
    (void)vcpu;
    pthread_mutex_lock(&lock);
    if (!closed) {
        instructions += block->instructions;
        if (instructions - started_at >= every) end_interval();
        touch(block->first_page, OBT_FETCHED);
        touch(block->last_page, OBT_FETCHED);
    }
    pthread_mutex_unlock(&lock);
}

static void on_access(unsigned vcpu, qemu_plugin_meminfo_t info, uint64_t address, void *data) {
    uint8_t strength = qemu_plugin_mem_is_store(info) ? OBT_WRITTEN : OBT_READ;
    uint64_t last = address + (1ull << qemu_plugin_mem_size_shift(info)) - 1;
    (void)vcpu;
    (void)data;
    pthread_mutex_lock(&lock);
    if (!closed) {
        touch(address >> PAGE_SHIFT, strength);
        if (last >> PAGE_SHIFT != address >> PAGE_SHIFT) touch(last >> PAGE_SHIFT, strength);
    }
    pthread_mutex_unlock(&lock);
}

static void on_translate(qemu_plugin_id_t id, struct qemu_plugin_tb *tb) {
    size_t count = qemu_plugin_tb_n_insns(tb);
    struct block *block = malloc(sizeof *block); /* lives as long as QEMU may run the block: for good */
    (void)id;
    if (!block) return;
    block->instructions = (uint32_t)count;
    block->first_page = qemu_plugin_insn_vaddr(qemu_plugin_tb_get_insn(tb, 0)) >> PAGE_SHIFT;
    block->last_page = qemu_plugin_insn_vaddr(qemu_plugin_tb_get_insn(tb, count - 1)) >> PAGE_SHIFT;
    qemu_plugin_register_vcpu_tb_exec_cb(tb, on_block, QEMU_PLUGIN_CB_NO_REGS, block);
    for (size_t i = 0; i < count; i++) {
        qemu_plugin_register_vcpu_mem_cb(qemu_plugin_tb_get_insn(tb, i), on_access, QEMU_PLUGIN_CB_NO_REGS,
                                         QEMU_PLUGIN_MEM_RW, NULL);
    }
}

static void on_exit_of_qemu(qemu_plugin_id_t id, void *data) {
    (void)id;
    (void)data;
    pthread_mutex_lock(&lock);
    if (!closed) {
        closed = true;
        end_interval();
        obt_close(&trace, numbers, pages);
    }
    pthread_mutex_unlock(&lock);
}

static const char *value_of(const char *option, const char *name) {
    size_t length = strlen(name);
    return !strncmp(option, name, length) && option[length] == '=' ? option + length + 1 : NULL;
}

QEMU_PLUGIN_EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv) {
    const char *out = "trace.obt", *name = "", *value;
    for (int i = 0; i < argc; i++) {
        if ((value = value_of(argv[i], "out"))) out = value;
        else if ((value = value_of(argv[i], "name"))) name = value;
        else if ((value = value_of(argv[i], "every"))) every = strtoull(value, NULL, 10);
        else return fprintf(stderr, "program-trace: unknown option %s\n", argv[i]), 1;
    }
    slots = calloc(TABLE_SLOTS, sizeof *slots);
    numbers = calloc(PAGES_MAX, sizeof *numbers);
    kind = calloc(PAGES_MAX, sizeof *kind);
    order = calloc(PAGES_MAX, sizeof *order);
    if (!slots || !numbers || !kind || !order || info->system_emulation) {
        return fprintf(stderr, "program-trace: needs memory, and a program, not a guest\n"), 1;
    }
    if (obt_open(&trace, out, 0, "qemu tcg plugin user, virtual pages", name, every)) return perror(out), 1;
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
    qemu_plugin_register_atexit_cb(id, on_exit_of_qemu, NULL);
    return 0;
}
