// SPDX-License-Identifier: Apache-2.0
#include "work.h"

long must(const char *what, long result) {
    if (result < 0 && result > -4096) {
        fail(what, result);
    }
    return result;
}

char *map(uint64_t pages, int flags) {
    return (char *)must("mmap", call6(SYS_MMAP, 0, (long)(pages * PAGE), PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1, 0));
}

void unmap(void *start, uint64_t pages) {
    must("munmap", call3(SYS_MUNMAP, (long)start, (long)(pages * PAGE), 0));
}

long fork_process(void) {
    return must("fork", call6(SYS_CLONE, SIGCHLD, 0, 0, 0, 0, 0));
}

void leave(int status) {
    for (;;) {
        call3(SYS_EXIT_GROUP, status, 0, 0);
    }
}

int wait_for(long process) {
    int status = 0;
    must("wait4", call6(SYS_WAIT4, process, (long)&status, 0, 0, 0, 0));
    if ((status & 0x7f) != 0 || status >> 8 >= 128) {
        fail("a child died", status);
    }
    return status >> 8;
}

void execute(const char *path, const char *const *arguments) {
    long error = call3(SYS_EXECVE, (long)path, (long)arguments, (long)environment);
    fail(path, error);
}

void read_all(int file, void *buffer, uint64_t bytes) {
    for (char *at = buffer; bytes > 0;) {
        long got = must("read", call3(SYS_READ, file, (long)at, (long)bytes));
        if (got == 0) {
            fail("end of file", 0);
        }
        at += got;
        bytes -= (uint64_t)got;
    }
}

void write_all(int file, const void *buffer, uint64_t bytes) {
    for (const char *at = buffer; bytes > 0;) {
        long put = call3(SYS_WRITE, file, (long)at, (long)bytes);
        if (put <= 0) {
            leave(2);
        }
        at += put;
        bytes -= (uint64_t)put;
    }
}

// The compiler may call these.
void *memset(void *to, int value, size_t bytes) {
    for (char *at = to; bytes > 0; bytes--) {
        *at++ = (char)value;
    }
    return to;
}

void *memcpy(void *restrict to, const void *restrict from, size_t bytes) {
    char *at = to;
    for (const char *source = from; bytes > 0; bytes--) {
        *at++ = *source++;
    }
    return to;
}
