/*
 * Runs inside a guest, static: tells the host what the guest's kernel uses every page frame for.
 *
 *   cc -O2 -static -o role-agent role-agent.c ; role-agent /dev/vport1p1
 *
 * Commands, one line each, on the virtio-serial port:
 *   role   answers "OBR1 FRAMES TEXT\n", FRAMES role bytes, TEXT bytes of /proc/{uptime,meminfo,vmstat}, "E\n"
 *   flags  answers "OBPI1\n", sections kpageflags and kpageflags2 ("S NAME BYTES\n" + u64 per frame, the second read
 *          after the first was sent: how far the snapshot drifts while it is taken), "E\n"
 * After either it spins at real-time priority, so that nothing else runs on the only vCPU until the host has stopped
 * the VM; any byte from the host (it sends "go\n" after `cont`), or five seconds, let the guest go on.
 *
 * Buffers are static and touched once at the start: a snapshot makes no new pages for the agent itself.
 * Role byte: packages/formats/src/roles/kpageflags.ts has the same rule; a test holds the two together.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define FRAMES_MAX (1u << 20) /* 4 GiB of guest-physical space */
#define CHUNK_FRAMES 8192
#define SPIN_SECONDS 5

/* Bits of include/uapi/linux/kernel-page-flags.h (32: include/linux/kernel-page-flags.h). */
enum flag_bit {
    REFERENCED = 2, UPTODATE = 3, DIRTY = 4, LRU = 5, ACTIVE = 6, SLAB = 7, WRITEBACK = 8, BUDDY = 10, MMAP = 11,
    ANON = 12, SWAPBACKED = 14, UNEVICTABLE = 18, NOPAGE = 20, OFFLINE = 23, ZERO_PAGE = 24, PGTABLE = 26, RESERVED = 32
};

enum role {
    ROLE_NONE, ROLE_FREE, ROLE_KERNEL, ROLE_RESERVED, ROLE_SLAB, ROLE_PAGE_TABLE, ROLE_ANONYMOUS, ROLE_FILE_CLEAN,
    ROLE_FILE_DIRTY, ROLE_SHARED_MEMORY, ROLE_BALLOON, ROLE_ZERO_PAGE
};

static uint8_t roles[FRAMES_MAX];
static uint64_t chunk[CHUNK_FRAMES];
static char text[1 << 15];
static int port;

static int has(uint64_t flags, enum flag_bit bit) { return (int)(flags >> bit & 1); }

static uint8_t role_of(uint64_t flags) {
    uint8_t role, lru;
    if (has(flags, NOPAGE)) return ROLE_NONE;
    if (has(flags, BUDDY)) return ROLE_FREE;
    if (has(flags, OFFLINE)) return ROLE_BALLOON;
    if (has(flags, ZERO_PAGE)) return ROLE_ZERO_PAGE;
    if (has(flags, SLAB)) return ROLE_SLAB;
    if (has(flags, PGTABLE)) return ROLE_PAGE_TABLE;
    if (has(flags, ANON)) role = ROLE_ANONYMOUS;
    else if (has(flags, LRU) || (has(flags, UPTODATE) && has(flags, MMAP))) {
        role = has(flags, SWAPBACKED) ? ROLE_SHARED_MEMORY
             : has(flags, DIRTY) || has(flags, WRITEBACK) ? ROLE_FILE_DIRTY : ROLE_FILE_CLEAN;
    } else return has(flags, RESERVED) ? ROLE_RESERVED : ROLE_KERNEL;
    lru = (uint8_t)(has(flags, REFERENCED) << 4 | has(flags, ACTIVE) << 5 | has(flags, MMAP) << 6 | has(flags, UNEVICTABLE) << 7);
    return role | lru;
}

static void send_bytes(const void *bytes, size_t count) {
    const char *at = bytes;
    while (count) {
        ssize_t sent = write(port, at, count);
        if (sent <= 0) {
            usleep(1000);
            continue;
        }
        at += sent;
        count -= (size_t)sent;
    }
}

static void send_text(const char *line) { send_bytes(line, strlen(line)); }

static size_t read_file(const char *path, char *into, size_t room) {
    int fd = open(path, O_RDONLY);
    size_t count = 0;
    ssize_t got;
    if (fd < 0) return 0;
    while (count < room && (got = read(fd, into + count, room - count)) > 0) count += (size_t)got;
    close(fd);
    return count;
}

/* Calls `each` with every chunk of /proc/kpageflags; returns the frames seen. */
static size_t each_chunk(void (*each)(size_t first, size_t count)) {
    int fd = open("/proc/kpageflags", O_RDONLY);
    size_t frames = 0;
    ssize_t got;
    while (fd >= 0 && frames < FRAMES_MAX && (got = read(fd, chunk, sizeof chunk)) >= 8) {
        size_t count = (size_t)got / 8;
        if (count > FRAMES_MAX - frames) count = FRAMES_MAX - frames;
        each(frames, count);
        frames += count;
    }
    if (fd >= 0) close(fd);
    return frames;
}

static void keep_roles(size_t first, size_t count) {
    for (size_t i = 0; i < count; i++) roles[first + i] = role_of(chunk[i]);
}

static void count_only(size_t first, size_t count) {
    (void)first;
    (void)count;
}

static void send_chunk(size_t first, size_t count) {
    (void)first;
    send_bytes(chunk, count * 8);
}

static void answer_role(void) {
    char line[64];
    size_t count = read_file("/proc/uptime", text, 200);
    size_t frames;
    count += read_file("/proc/meminfo", text + count, 8000);
    count += read_file("/proc/vmstat", text + count, 20000);
    frames = each_chunk(keep_roles);
    snprintf(line, sizeof line, "OBR1 %zu %zu\n", frames, count);
    send_text(line);
    send_bytes(roles, frames);
    send_bytes(text, count);
    send_text("E\n");
}

static void answer_flags(void) {
    static const char *const sections[] = {"kpageflags", "kpageflags2"};
    size_t frames = each_chunk(count_only);
    send_text("OBPI1\n");
    for (int i = 0; i < 2; i++) {
        char line[64];
        snprintf(line, sizeof line, "S %s %zu\n", sections[i], frames * 8);
        send_text(line);
        each_chunk(send_chunk);
    }
    send_text("E\n");
}

static void spin_until_host_answers(void) {
    struct timespec start, now;
    clock_gettime(CLOCK_MONOTONIC, &start);
    do {
        struct pollfd in = {.fd = port, .events = POLLIN};
        if (poll(&in, 1, 0) > 0 && (in.revents & POLLIN)) return;
        clock_gettime(CLOCK_MONOTONIC, &now);
    } while (now.tv_sec - start.tv_sec < SPIN_SECONDS);
}

/* `role-agent --roles` is for tests: u64 flags on stdin, role bytes on stdout. */
static int roles_of_stdin(void) {
    uint64_t flags;
    while (fread(&flags, sizeof flags, 1, stdin) == 1) putchar(role_of(flags));
    return 0;
}

int main(int argc, char **argv) {
    const char *path = argc > 1 ? argv[1] : "/dev/vport1p1";
    struct sched_param priority = {.sched_priority = 50};
    char line[64];
    size_t length = 0;
    if (!strcmp(path, "--roles")) return roles_of_stdin();
    memset(roles, 1, sizeof roles);
    memset(chunk, 1, sizeof chunk);
    memset(text, 1, sizeof text);
    sched_setscheduler(0, SCHED_FIFO, &priority);
    while ((port = open(path, O_RDWR)) < 0) usleep(200000);
    for (;;) {
        if (read(port, line + length, 1) <= 0) {
            usleep(100000);
            continue;
        }
        if (line[length] != '\n' && length < sizeof line - 2) {
            length++;
            continue;
        }
        line[length] = 0;
        length = 0;
        if (!strcmp(line, "role")) answer_role();
        else if (!strcmp(line, "flags")) answer_flags();
        else continue;
        spin_until_host_answers();
    }
}
