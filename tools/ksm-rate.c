/* How long Linux KSM takes to merge the pages of a file, held in anonymous memory, and what it counts then. Compared with
 * `overbook analyze --max-page-sharing` by packages/images/src/figures/analyze.bench.ts, which compiles and runs this
 * where it is asked to (OVERBOOK_KSM=1): it needs root and a KSM that is off, sets it to scan without pause, and puts
 * back what it found, also when it is interrupted.  cc -O3 ksm-rate.c
 * Prints: seconds until the counts stand still, seconds of ksmd's processor till then, pages_shared, pages_sharing,
 * max_page_sharing. Exit code 3 when this machine does not allow it. */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define KSM "/sys/kernel/mm/ksm/"
enum { PATIENCE_SECONDS = 300 };

static long pages_to_scan, sleep_millisecs;

static long get(const char *name) {
  char path[128];
  snprintf(path, sizeof path, KSM "%s", name);
  FILE *file = fopen(path, "r");
  long value = -1;
  if (file == NULL) return -1;
  if (fscanf(file, "%ld", &value) != 1) value = -1;
  fclose(file);
  return value;
}

static int put(const char *name, long value) {
  char path[128];
  snprintf(path, sizeof path, KSM "%s", name);
  FILE *file = fopen(path, "w");
  if (file == NULL) return -1;
  int written = fprintf(file, "%ld\n", value);
  return fclose(file) == 0 && written > 0 ? 0 : -1;
}

/* Unmerges what was merged, then off, as it was found. */
static void restore(void) {
  put("run", 2);
  put("run", 0);
  put("pages_to_scan", pages_to_scan);
  put("sleep_millisecs", sleep_millisecs);
}

static void interrupted(int signal) {
  restore();
  _exit(128 + signal);
}

/* Ticks of processor that the thread ksmd has had; -1 when there is none. */
static long ksmd_ticks(void) {
  long ticks = -1;
  DIR *processes = opendir("/proc");
  for (struct dirent *entry; processes != NULL && (entry = readdir(processes)) != NULL;) {
    char path[300];
    snprintf(path, sizeof path, "/proc/%s/stat", entry->d_name);
    FILE *file = fopen(path, "r");
    if (file == NULL) continue;
    unsigned long user, system;
    if (fscanf(file, "%*d (ksmd) %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system) == 2)
      ticks = (long)(user + system);
    fclose(file);
  }
  if (processes != NULL) closedir(processes);
  return ticks;
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec * 1e-9;
}

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  if (get("run") != 0 || get("pages_shared") != 0 || ksmd_ticks() < 0) return 3;
  pages_to_scan = get("pages_to_scan");
  sleep_millisecs = get("sleep_millisecs");
  int file = open(argv[1], O_RDONLY);
  if (file < 0) return 1;
  size_t size = (size_t)lseek(file, 0, SEEK_END);
  char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return 1;
  madvise(memory, size, MADV_NOHUGEPAGE);
  for (size_t at = 0; at < size;) {
    ssize_t got = pread(file, memory + at, size - at < 1 << 20 ? size - at : 1 << 20, (off_t)at);
    if (got <= 0) return 1;
    at += (size_t)got;
  }
  if (madvise(memory, size, MADV_MERGEABLE) != 0) return 3;
  signal(SIGINT, interrupted);
  signal(SIGTERM, interrupted);
  if (put("pages_to_scan", 1L << 20) != 0 || put("sleep_millisecs", 0) != 0) return 3;
  long ticks = ksmd_ticks(), scans = get("full_scans");
  double start = now(), settled = start, spent = 0;
  if (put("run", 1) != 0) {
    restore();
    return 3;
  }
  /* A page must be seen unchanged in two passes before it is merged; two more that change nothing are the end. */
  long shared = -1, sharing = -1, since = scans;
  while (get("full_scans") < since + 2 && now() - start < PATIENCE_SECONDS) {
    usleep(2000);
    if (get("pages_shared") == shared && get("pages_sharing") == sharing) continue;
    shared = get("pages_shared");
    sharing = get("pages_sharing");
    since = get("full_scans");
    settled = now();
    spent = (double)(ksmd_ticks() - ticks) / sysconf(_SC_CLK_TCK);
  }
  printf("%.3f %.3f %ld %ld %ld\n", settled - start, spent, shared, sharing, get("max_page_sharing"));
  restore();
  return 0;
}
