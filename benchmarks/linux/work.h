// SPDX-License-Identifier: Apache-2.0
// What a workload is, and what all of them use.
#ifndef WORK_H
#define WORK_H

#include "../guest/kernels/random.h"
#include "system.h"

enum { PAGE = 4096, PARAMETERS = 3 };

// A workload prepares, calls begin(), does its work, calls end(), and returns a checksum over what it did.
struct workload {
    const char *name;
    const char *parameters[PARAMETERS]; // names
    uint64_t (*run)(const uint64_t *values);
};

extern const struct workload workloads[]; // up to one without a name
extern char **environment;
extern const char *self; // the path of this program

void begin(void);
void end(void);

// Ends the process, and so the workload, with a line that says what went wrong.
void fail(const char *what, long error) __attribute__((noreturn));

// The result of a system call, which must not be an error.
long must(const char *what, long result);

// Anonymous memory.
char *map(uint64_t pages, int flags);
void unmap(void *start, uint64_t pages);

long fork_process(void);
void leave(int status) __attribute__((noreturn));
// Waits for a child and checks that it ended well. Returns its exit status, which must be below 128.
int wait_for(long process);
// Runs a program in the calling process.
void execute(const char *path, const char *const *arguments) __attribute__((noreturn));

void read_all(int file, void *buffer, uint64_t bytes);
void write_all(int file, const void *buffer, uint64_t bytes);

uint64_t workload_fork(const uint64_t *values);
uint64_t workload_forkexec(const uint64_t *values);
uint64_t workload_vforkexec(const uint64_t *values);
uint64_t workload_threads(const uint64_t *values);
uint64_t workload_mmap(const uint64_t *values);
uint64_t workload_mprotect(const uint64_t *values);
uint64_t workload_mremap(const uint64_t *values);
uint64_t workload_anonfault(const uint64_t *values);
uint64_t workload_filefault(const uint64_t *values);
uint64_t workload_chase(const uint64_t *values);
uint64_t workload_pipe(const uint64_t *values);
uint64_t workload_futex(const uint64_t *values);
uint64_t workload_signal(const uint64_t *values);
uint64_t workload_shell(const uint64_t *values);
uint64_t workload_sort(const uint64_t *values);
uint64_t workload_gzip(const uint64_t *values);
uint64_t workload_sqlite(const uint64_t *values);
uint64_t workload_python(const uint64_t *values);
uint64_t workload_redis(const uint64_t *values);
uint64_t workload_gcc(const uint64_t *values);

// What the program does when it is started as `leaf WORK`.
int leaf(uint64_t work);

// The i-th of n pages, n a power of two, in an order that is not that of the addresses.
static inline uint64_t scattered(uint64_t i, uint64_t n) {
    return (i * 0x9e3779b1u + 17) & (n - 1);
}

#endif
