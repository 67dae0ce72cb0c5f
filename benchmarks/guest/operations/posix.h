// SPDX-License-Identifier: Apache-2.0
// What operations ask of an operating system: of Linux directly where the program is linked with no library, of the C
// library on the host. What fails ends the process with a status that its parent does not expect.
#ifndef POSIX_H
#define POSIX_H

#ifndef __riscv
#define _GNU_SOURCE
#endif

#include <stddef.h>
#include <stdint.h>

enum { PAGE = 4096 };
// Of a process that was started as `NAME leaf`.
enum { LEAF_STATUS = 7 };

typedef void thread_entry(void *argument);

#ifdef __riscv
#include "../../linux/system.h"

extern const char *program_path;

static inline _Noreturn void os_exit(int status) {
    for (;;) {
        call3(SYS_EXIT_GROUP, status, 0, 0);
    }
}

static inline long os_parent(void) { return call3(SYS_GETPPID, 0, 0, 0); }
static inline long os_fork(void) { return call6(SYS_CLONE, SIGCHLD, 0, 0, 0, 0, 0); }
static inline int os_pipe(int ends[2]) { return (int)call3(SYS_PIPE2, (long)ends, 0, 0); }
static inline void os_close(int file) { call3(SYS_CLOSE, file, 0, 0); }
static inline long os_read(int file, void *to, size_t bytes) { return call3(SYS_READ, file, (long)to, (long)bytes); }
static inline long os_write(int file, const void *from, size_t bytes) { return call3(SYS_WRITE, file, (long)from, (long)bytes); }
static inline void os_unmap(void *start, size_t bytes) { call3(SYS_MUNMAP, (long)start, (long)bytes, 0); }

static inline int os_wait(long child) {
    int status = 0;
    call6(SYS_WAIT4, child, (long)&status, 0, 0, 0, 0);
    return status;
}

static inline _Noreturn void os_execute_leaf(void) {
    const char *arguments[] = {program_path, "leaf", NULL}, *environment[] = {NULL};
    call3(SYS_EXECVE, (long)program_path, (long)arguments, (long)environment);
    os_exit(1);
}

// Zeroed memory that may be written, or ends the process.
static inline char *os_map(size_t bytes) {
    long start = call6(SYS_MMAP, 0, (long)bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start < 0 && start > -4096) {
        os_exit(1);
    }
    return (char *)start;
}

static inline void os_protect(void *start, size_t bytes, int writable) {
    call3(SYS_MPROTECT, (long)start, (long)bytes, writable ? PROT_READ | PROT_WRITE : PROT_READ);
}

static inline void os_handle_signal(void (*handler)(int)) {
    // The kernel's form: handler, flags, mask. riscv64 has no restorer: the vDSO is where handlers return.
    struct { void (*handler)(int); uint64_t flags, mask; } action = {handler, 0, 0};
    call6(SYS_SIGACTION, SIGUSR1, (long)&action, 0, sizeof action.mask, 0, 0);
}

static inline void os_signal_self(void) { call3(SYS_KILL, call3(SYS_GETPID, 0, 0, 0), SIGUSR1, 0); }

// A thread on a stack of its own, which is waited for.
static inline void os_run_thread(thread_entry *entry, void *argument) {
    enum { STACK = 4 * PAGE };
    char *stack = os_map(STACK);
    int running = 1;
    long thread = start_on(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM
            | CLONE_CHILD_CLEARTID, stack + STACK, &running, entry, argument);
    if (thread < 0) {
        os_exit(1);
    }
    while (__atomic_load_n(&running, __ATOMIC_ACQUIRE) != 0) {
        call6(SYS_FUTEX, (long)&running, FUTEX_WAIT, 1, 0, 0, 0);
    }
    os_unmap(stack, STACK);
}

#else
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static inline _Noreturn void os_exit(int status) { _exit(status); }
static inline long os_parent(void) { return syscall(SYS_getppid); }
static inline long os_fork(void) { return fork(); }
static inline int os_pipe(int ends[2]) { return pipe(ends); }
static inline void os_close(int file) { close(file); }
static inline long os_read(int file, void *to, size_t bytes) { return read(file, to, bytes); }
static inline long os_write(int file, const void *from, size_t bytes) { return write(file, from, bytes); }
static inline void os_unmap(void *start, size_t bytes) { munmap(start, bytes); }

static inline int os_wait(long child) {
    int status = 0;
    waitpid((pid_t)child, &status, 0);
    return status;
}

static inline _Noreturn void os_execute_leaf(void) {
    char *arguments[] = {"/proc/self/exe", "leaf", NULL}, *environment[] = {NULL};
    execve(arguments[0], arguments, environment);
    _exit(1);
}

static inline char *os_map(size_t bytes) {
    void *start = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start == MAP_FAILED) {
        _exit(1);
    }
    return start;
}

static inline void os_protect(void *start, size_t bytes, int writable) {
    mprotect(start, bytes, writable ? PROT_READ | PROT_WRITE : PROT_READ);
}

static inline void os_handle_signal(void (*handler)(int)) { signal(SIGUSR1, handler); }
static inline void os_signal_self(void) { kill(getpid(), SIGUSR1); }

struct os_thread {
    thread_entry *entry;
    void *argument;
};

static inline void *os_thread_body(void *thread) {
    ((struct os_thread *)thread)->entry(((struct os_thread *)thread)->argument);
    return NULL;
}

static inline void os_run_thread(thread_entry *entry, void *argument) {
    struct os_thread body = {entry, argument};
    pthread_t thread;
    if (pthread_create(&thread, NULL, os_thread_body, &body) != 0) {
        _exit(1);
    }
    pthread_join(thread, NULL);
}
#endif
#endif
