// SPDX-License-Identifier: Apache-2.0
// The little that programs have instead of a C library.
#pragma once
#include "../../guest/kernels/random.h"
#include "../syscalls.h"

typedef unsigned long u64;
typedef unsigned int u32;
typedef unsigned char u8;

#define PAGE 4096UL
#define WORDS (PAGE / sizeof(u64))
enum { READ = 2, WRITE = 4, EXECUTE = 8 };
#define MAP_FAILED ((void *)-1)

// A workload is a list of parameters, ended by one without a name, and a function of their values.
struct parameter { const char *name; u64 value; };
extern struct parameter parameters[];
u64 workload(void);  // the checksum; calls measure_begin and measure_end around what is worth measuring

static inline u64 value(int i) { return parameters[i].value; }

// The machine may reset its counters at the first and freeze them at the second; both do nothing.
static inline void measure_begin(void) { __asm__ volatile("slti x0, x0, 1" ::: "memory"); }
static inline void measure_end(void) { __asm__ volatile("slti x0, x0, 2" ::: "memory"); }

static inline long call(long number, u64 a, u64 b, u64 c, u64 d)
{
    register u64 a0 __asm__("a0") = a, a1 __asm__("a1") = b, a2 __asm__("a2") = c, a3 __asm__("a3") = d;
    register u64 a7 __asm__("a7") = number;
    __asm__ volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a3), "r"(a7) : "memory");
    return a0;
}
static inline void __attribute__((noreturn)) exit(int status)
{
    call(SYS_EXIT, status, 0, 0, 0);
    __builtin_unreachable();
}
static inline int fork(void) { return call(SYS_FORK, 0, 0, 0, 0); }
static inline int exec(const char *line) { return call(SYS_EXEC, (u64)line, 0, 0, 0); }
static inline int wait(int *status) { return call(SYS_WAIT, (u64)status, 0, 0, 0); }
static inline void yield(void) { call(SYS_YIELD, 0, 0, 0, 0); }
static inline void sleep(u64 ticks) { call(SYS_SLEEP, ticks, 0, 0, 0); }
static inline long write(int fd, const void *from, u64 n) { return call(SYS_WRITE, fd, (u64)from, n, 0); }
static inline long read(int fd, void *to, u64 n) { return call(SYS_READ, fd, (u64)to, n, 0); }
static inline int pipe(int fds[2]) { return call(SYS_PIPE, (u64)fds, 0, 0, 0); }
static inline void close(int fd) { call(SYS_CLOSE, fd, 0, 0, 0); }
static inline void *mmap(void *at, u64 n, int prot, int flags)
{
    return (void *)call(SYS_MMAP, (u64)at, n, prot, flags);
}
static inline int munmap(void *at, u64 n) { return call(SYS_MUNMAP, (u64)at, n, 0, 0); }
static inline int mprotect(void *at, u64 n, int prot) { return call(SYS_MPROTECT, (u64)at, n, prot, 0); }
static inline int discard(void *at, u64 n) { return call(SYS_DISCARD, (u64)at, n, 0, 0); }
static inline void *sbrk(long delta) { return (void *)call(SYS_BRK, delta, 0, 0, 0); }
static inline void limit_pages(u64 pages) { call(SYS_LIMIT, pages, 0, 0, 0); }
static inline u64 statistic(int i) { return call(SYS_STATISTIC, i, 0, 0, 0); }

void *pages_new(u64 n);  // n anonymous pages, readable and writable; exits when there are none
void *allocate(u64 n);   // bytes from the heap, zero, never freed
u64 length_of(const char *s);
char *append(char *to, const char *s);
char *append_number(char *to, u64 v);
u64 parse_number(const char *s);
void print(const char *s);
void fail(const char *message) __attribute__((noreturn));
void read_all(int fd, void *to, u64 n);   // exactly n bytes
void write_all(int fd, const void *from, u64 n);
void *memcpy(void *to, const void *from, u64 n);
void *memset(void *to, int v, u64 n);
