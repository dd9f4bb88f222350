/* Lets the host's ksmd work in step with the guest's clock, so that its counters can be compared with a simulation's. */
#ifndef OVERBOOK_KSM_STEPS_H
#define OVERBOOK_KSM_STEPS_H

#include <stdbool.h>
#include <stdint.h>

/* Writes a line of JSON per step to `path` (format OBKSM1 without its first line). */
bool ksm_open(const char *path);

/* One batch of ksmd, while the guest stands; then its counters. */
void ksm_step(uint32_t interval, uint64_t now_ns);

void ksm_close(void);

#endif
