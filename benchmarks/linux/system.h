// SPDX-License-Identifier: Apache-2.0
// What the workloads need of Linux, called directly: the program is linked with no library, so that it is ours to ship
// and its bytes depend on its sources and the compiler only. Numbers are those of riscv64.
#ifndef SYSTEM_H
#define SYSTEM_H

#include <stddef.h>
#include <stdint.h>

enum {
    SYS_DUP3 = 24, SYS_FTRUNCATE = 46, SYS_CLOSE = 57, SYS_PIPE2 = 59, SYS_READ = 63, SYS_WRITE = 64, SYS_PPOLL = 73, SYS_EXIT = 93,
    SYS_EXIT_GROUP = 94, SYS_FUTEX = 98, SYS_NANOSLEEP = 101, SYS_CLOCK_GETTIME = 113, SYS_KILL = 129, SYS_SIGACTION = 134, SYS_REBOOT = 142, SYS_GETPID = 172, SYS_GETPPID = 173, SYS_SOCKETPAIR = 199,
    SYS_MUNMAP = 215, SYS_MREMAP = 216, SYS_CLONE = 220, SYS_EXECVE = 221, SYS_MMAP = 222, SYS_MPROTECT = 226, SYS_MADVISE = 233, SYS_WAIT4 = 260,
    SYS_MEMFD_CREATE = 279
};

enum { REBOOT_MAGIC1 = 0xfee1dead, REBOOT_MAGIC2 = 672274793, REBOOT_POWER_OFF = 0x4321fedc };
enum { PROT_NONE = 0, PROT_READ = 1, PROT_WRITE = 2 };
enum { MAP_SHARED = 1, MAP_PRIVATE = 2, MAP_FIXED = 0x10, MAP_ANONYMOUS = 0x20 };
enum { MREMAP_MAYMOVE = 1, MADV_DONTNEED = 4 };
enum { CLOCK_MONOTONIC = 1 };
enum { FUTEX_WAIT = 0, FUTEX_WAKE = 1 };
enum { AF_UNIX = 1, SOCK_STREAM = 1 };
enum { SIGUSR1 = 10, SIGSEGV = 11, SIGCHLD = 17 };
enum { SA_SIGINFO = 4, SA_NODEFER = 0x40000000 };
enum {
    CLONE_VM = 0x100, CLONE_FS = 0x200, CLONE_FILES = 0x400, CLONE_SIGHAND = 0x800, CLONE_VFORK = 0x4000,
    CLONE_THREAD = 0x10000, CLONE_SYSVSEM = 0x40000, CLONE_CHILD_CLEARTID = 0x200000
};

static inline long call6(long number, long a, long b, long c, long d, long e, long f) {
    register long a0 __asm__("a0") = a;
    register long a1 __asm__("a1") = b;
    register long a2 __asm__("a2") = c;
    register long a3 __asm__("a3") = d;
    register long a4 __asm__("a4") = e;
    register long a5 __asm__("a5") = f;
    register long a7 __asm__("a7") = number;
    __asm__ volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5), "r"(a7) : "memory");
    return a0;
}

static inline long call3(long number, long a, long b, long c) {
    return call6(number, a, b, c, 0, 0, 0);
}

long start_on(long flags, void *stack_end, int *clear_at_exit, void (*entry)(void *), void *argument);

// What should be measured lies between the first two of these hints, which do nothing; the third closes the boot.
static inline void measure_begin(void) { __asm__ volatile("slti x0, x0, 1" ::: "memory"); }
static inline void measure_end(void) { __asm__ volatile("slti x0, x0, 2" ::: "memory"); }

static inline void measure_ready(void) { __asm__ volatile("slti x0, x0, 3" ::: "memory"); }

#endif
