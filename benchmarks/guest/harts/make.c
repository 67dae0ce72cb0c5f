// SPDX-License-Identifier: Apache-2.0
// Eight jobs, two at a time, as under `make -j2`: each is a process that becomes a small compiler, which reads its source
// through a pipe, from a process of its own, maps memory, splits the text into names and signs and numbers the names.
#include "../operations/posix.h"
#include "../kernels/kernel.h"

enum { JOBS = 8, AT_ONCE = 2, JOB_STATUS = 59, SOURCE = 1 << 16, PIPE_BYTES = 4096, NAMES = 4096, PASSES = 4 };

KERNEL("make", JOBS * JOB_STATUS, 1);

static char source[SOURCE];

struct names {
    uint32_t starts[NAMES], lengths[NAMES], count;
};

static int is_letter(char c) {
    return (c >= 'a' && c <= 'z') || c == '_';
}

static uint32_t number_of(struct names *names, const char *at, uint32_t start, uint32_t length) {
    uint32_t hash = 2166136261u;
    for (uint32_t i = 0; i < length; i++) {
        hash = (hash ^ (uint8_t)at[start + i]) * 16777619u;
    }
    for (uint32_t slot = hash % NAMES;; slot = (slot + 1) % NAMES) {
        if (names->lengths[slot] == 0) {
            names->starts[slot] = start;
            names->lengths[slot] = length;
            names->count++;
            return slot;
        }
        uint32_t same = 0;
        while (same < length && names->lengths[slot] == length && at[names->starts[slot] + same] == at[start + same]) {
            same++;
        }
        if (same == length) {
            return slot;
        }
    }
}

// What a job does once it has become a compiler; its source comes from its first file.
int kernel_work(void) {
    char *text = os_map(SOURCE);
    uint64_t sum = 0;
    for (size_t have = 0; have < SOURCE;) {
        long got = os_read(0, text + have, SOURCE - have);
        if (got <= 0) {
            return 1;
        }
        have += (size_t)got;
    }
    for (int pass = 0; pass < PASSES; pass++) {
        struct names *names = (struct names *)os_map(sizeof *names);
        for (uint32_t at = 0; at < SOURCE;) {
            uint32_t start = at;
            while (at < SOURCE && is_letter(text[at])) {
                at++;
            }
            sum = at > start ? mix(sum, number_of(names, text, start, at - start)) : mix(sum, (uint8_t)text[at++]);
        }
        sum = mix(sum, names->count);
        os_unmap(names, sizeof *names);
    }
    return (int)(sum & 127);
}

void kernel_prepare(void) {
    uint64_t state = 16180339887u;
    for (uint32_t at = 0; at < SOURCE;) {
        uint64_t random = next_random(&state) >> 20;
        uint32_t name = (uint32_t)(random % 1000), length = 2 + name % 9;
        for (uint32_t i = 0; i < length && at < SOURCE; i++, name = name * 31 + 7) {
            source[at++] = (char)('a' + name % 26);
        }
        if (at < SOURCE) {
            source[at++] = " (;,\n+"[random >> 20 & 3];
        }
    }
}

static long start(void) {
    int ends[2];
    if (os_pipe(ends) != 0) {
        os_exit(1);
    }
    long writer = os_fork();
    if (writer == 0) {
        long compiler = os_fork();
        if (compiler == 0) {
            os_become(ends[0], 0);
            os_close(ends[0]);
            os_close(ends[1]);
            os_execute("make work");
        }
        os_close(ends[0]);
        for (size_t at = 0; at < SOURCE; at += PIPE_BYTES) {
            os_write(ends[1], source + at, PIPE_BYTES);
        }
        os_exit(os_wait(compiler) >> 8);
    }
    os_close(ends[0]);
    os_close(ends[1]);
    return writer;
}

uint64_t kernel(void) {
    uint64_t sum = 0;
    long running[AT_ONCE] = {0};
    for (int job = 0; job < JOBS + AT_ONCE; job++) {
        long *mine = &running[job % AT_ONCE];
        if (job >= AT_ONCE) {
            sum += (uint64_t)os_wait(*mine) >> 8;
        }
        if (job < JOBS) {
            *mine = start();
        }
    }
    return sum;
}
