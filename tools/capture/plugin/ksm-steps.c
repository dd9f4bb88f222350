/*
 * ksmd scans pages_to_scan pages, sleeps sleep_millisecs, and looks at once when that setting changes. The host has set
 * both (host/ksm.py), the sleep to longer than any recording: so a change of the sleep by one is one batch.
 */
#include "ksm-steps.h"
#include <stdio.h>
#include <unistd.h>

#define KSM "/sys/kernel/mm/ksm/"
#define LONG_SLEEP_MS 86400000ull
#define LOOK_EVERY_US 200
/* A batch that found nothing at all to scan changes no counter; on a busy host one that goes on may stand still for long. */
#define GIVE_UP_US 5000000

static const struct {
    const char *name, *file;
} counters[] = {
    {"fullScans", "full_scans"},         {"pagesShared", "pages_shared"},     {"pagesSharing", "pages_sharing"},
    {"pagesUnshared", "pages_unshared"}, {"pagesVolatile", "pages_volatile"}, {"zeroPages", "ksm_zero_pages"},
    {"stableNodeDups", "stable_node_dups"},
};

static FILE *file;
static unsigned turn;

static unsigned long long value_of(const char *name) {
    char path[128];
    unsigned long long value = 0;
    FILE *setting;
    snprintf(path, sizeof path, KSM "%s", name);
    setting = fopen(path, "r");
    if (!setting) return 0;
    if (fscanf(setting, "%llu", &value) != 1) value = 0;
    fclose(setting);
    return value;
}

static void wake(void) {
    FILE *setting = fopen(KSM "sleep_millisecs", "w");
    if (!setting) return;
    fprintf(setting, "%llu", LONG_SLEEP_MS + (++turn & 1));
    fclose(setting);
}

bool ksm_open(const char *path) {
    file = fopen(path, "w");
    return file != NULL;
}

/* A batch ends after pages_to_scan pages, or where a scan of all memory ends. Returns the pages scanned so far. */
static unsigned long long scan_batch(void) {
    unsigned long long scans = value_of("full_scans"), scanned = value_of("pages_scanned");
    unsigned long long wanted = scanned + value_of("pages_to_scan");
    unsigned still = 0;
    wake();
    while (still < GIVE_UP_US && scanned < wanted && value_of("full_scans") == scans) {
        unsigned long long now;
        usleep(LOOK_EVERY_US);
        now = value_of("pages_scanned");
        still = now == scanned ? still + LOOK_EVERY_US : 0;
        scanned = now;
    }
    return value_of("pages_scanned");
}

void ksm_step(uint32_t interval, uint64_t now_ns) {
    unsigned long long scanned = scan_batch();
    fprintf(file, "{\"interval\":%u,\"guestMs\":%llu,\"pagesScanned\":%llu", interval,
            (unsigned long long)(now_ns / 1000000), scanned);
    for (size_t i = 0; i < sizeof counters / sizeof *counters; i++) {
        fprintf(file, ",\"%s\":%llu", counters[i].name, value_of(counters[i].file));
    }
    fputs("}\n", file);
}

void ksm_close(void) { fclose(file); }
