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

enum { PAGE = 4096, OS_STACK = 4 * PAGE };
// Of a process that was started with the argument `leaf`.
enum { LEAF_STATUS = 7 };
// Of struct os_poll.
enum { OS_READABLE = 1 };

typedef void thread_entry(void *argument);

// As struct pollfd.
struct os_poll {
    int file;
    int16_t events, happened;
};

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

// Makes a file known by another number.
static inline void os_become(int file, int other) { call3(SYS_DUP3, file, other, 0); }

// Runs this program anew; see `runtime/linux.c` for what arguments mean.
static inline _Noreturn void os_execute(const char *argument) {
    const char *arguments[] = {program_path, argument, NULL}, *environment[] = {NULL};
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

// Waits until a word has another value than this, or less.
static inline void os_await_word(int *word, int value) {
    call6(SYS_FUTEX, (long)word, FUTEX_WAIT, value, 0, 0, 0);
}

static inline void os_wake_word(int *word) { call6(SYS_FUTEX, (long)word, FUTEX_WAKE, 1, 0, 0, 0); }

struct os_thread {
    char *stack;
    int running;
};

// Starts a thread on a stack of its own.
static inline void os_start_thread(struct os_thread *thread, thread_entry *entry, void *argument) {
    thread->stack = os_map(OS_STACK);
    thread->running = 1;
    long id = start_on(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM
            | CLONE_CHILD_CLEARTID, thread->stack + OS_STACK, &thread->running, entry, argument);
    if (id < 0) {
        os_exit(1);
    }
}

static inline void os_await_thread(struct os_thread *thread) {
    while (__atomic_load_n(&thread->running, __ATOMIC_ACQUIRE) != 0) {
        os_await_word(&thread->running, 1);
    }
    os_unmap(thread->stack, OS_STACK);
}

static inline int os_socket_pair(int ends[2]) { return (int)call6(SYS_SOCKETPAIR, AF_UNIX, SOCK_STREAM, 0, (long)ends, 0, 0); }

// Waits until one of the files can be read from or has no other end.
static inline void os_poll(struct os_poll *files, size_t count) {
    call6(SYS_PPOLL, (long)files, (long)count, 0, 0, 0, 0);
}

#else
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
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

static inline void os_become(int file, int other) { dup2(file, other); }

static inline _Noreturn void os_execute(const char *argument) {
    char *arguments[] = {"/proc/self/exe", (char *)argument, NULL}, *environment[] = {NULL};
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

static inline void os_await_word(int *word, int value) { syscall(SYS_futex, word, FUTEX_WAIT, value, NULL, NULL, 0); }
static inline void os_wake_word(int *word) { syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0); }

struct os_thread {
    thread_entry *entry;
    void *argument;
    pthread_t id;
};

static inline void *os_thread_body(void *thread) {
    ((struct os_thread *)thread)->entry(((struct os_thread *)thread)->argument);
    return NULL;
}

static inline void os_start_thread(struct os_thread *thread, thread_entry *entry, void *argument) {
    thread->entry = entry;
    thread->argument = argument;
    if (pthread_create(&thread->id, NULL, os_thread_body, thread) != 0) {
        _exit(1);
    }
}

static inline void os_await_thread(struct os_thread *thread) { pthread_join(thread->id, NULL); }

static inline int os_socket_pair(int ends[2]) { return socketpair(AF_UNIX, SOCK_STREAM, 0, ends); }

static inline void os_poll(struct os_poll *files, size_t count) { poll((struct pollfd *)files, count, -1); }
#endif

static inline void os_run_thread(thread_entry *entry, void *argument) {
    struct os_thread thread;
    os_start_thread(&thread, entry, argument);
    os_await_thread(&thread);
}

#endif
