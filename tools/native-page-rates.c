/* What one core does natively to the pages of a file: read and XXH3-64, and LZ4 of each distinct page that is not zero.
 * Compared with `overbook analyze` by packages/images/src/figures/analyze.bench.ts, which compiles and runs this where
 * there are a C compiler, libxxhash and liblz4:  cc -O3 -march=native native-page-rates.c -lxxhash -llz4
 * Prints: read-and-hash bytes a second, pages compressed, compressed bytes, pages compressed a second. */
#define XXH_INLINE_ALL
#include <fcntl.h>
#include <lz4.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <xxhash.h>

enum { PAGE = 4096, WINDOW = 256 * 1024, ROUNDS = 3 };

/* Processor time: what other programs take is not counted. */
static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return t.tv_sec + t.tv_nsec * 1e-9;
}

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  int file = open(argv[1], O_RDONLY);
  if (file < 0) return 1;
  off_t size = lseek(file, 0, SEEK_END);
  static char window[WINDOW];
  static const char zero[PAGE];
  uint64_t *keys = malloc(size / PAGE * 8);
  double best = 0;
  for (int round = 0; round < ROUNDS; round++) {
    double start = now();
    size_t page = 0;
    for (off_t at = 0; at < size; at += WINDOW) {
      ssize_t got = pread(file, window, WINDOW, at);
      for (ssize_t in = 0; in + PAGE <= got; in += PAGE) keys[page++] = XXH3_64bits(window + in, PAGE);
    }
    double rate = size / (now() - start);
    if (rate > best) best = rate;
  }
  size_t slots = 1;
  while (slots < (size_t)(size / PAGE) * 2) slots *= 2;
  uint64_t *seen = calloc(slots, 8);
  static char out[8192];
  long count = 0, bytes = 0;
  double spent = 0;
  for (off_t at = 0, page = 0; at < size; at += PAGE, page++) {
    if (pread(file, window, PAGE, at) != PAGE || memcmp(window, zero, PAGE) == 0) continue;
    size_t slot = keys[page] & (slots - 1);
    while (seen[slot] != 0 && seen[slot] != keys[page]) slot = (slot + 1) & (slots - 1);
    if (seen[slot] == keys[page]) continue;
    seen[slot] = keys[page];
    double start = now();
    bytes += LZ4_compress_default(window, out, PAGE, sizeof out);
    spent += now() - start;
    count++;
  }
  printf("%.0f %ld %ld %.0f\n", best, count, bytes, count / spent);
  return 0;
}
