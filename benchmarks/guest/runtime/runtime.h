// SPDX-License-Identifier: Apache-2.0
// The seam between the measuring loop and what it runs on: a bare guest or a host process.
#ifndef RUNTIME_H
#define RUNTIME_H

#include <stddef.h>
#include <stdint.h>

// Writes bytes to the console.
void platform_write(const char *bytes, size_t count);

// Nanoseconds of a clock that never goes back.
uint64_t platform_nanoseconds(void);

// Works for so many milliseconds and says how much was done by which time. Returns 0, or 1 if a checksum was not the
// expected one.
int bench_cold(uint64_t milliseconds);

// Runs all rounds. Returns 0, or 1 if a checksum was not the expected one.
int bench_main(void);

#endif
