// SPDX-License-Identifier: Apache-2.0
// Two processes that have nothing to do with each other: each sorts numbers of its own by merging, and adds up what a
// hash table says of them.
#include "../operations/posix.h"
#include "../kernels/kernel.h"

KERNEL("pair", 0x2e6d08c3b92f48c2u, 1);

enum { PROCESSES = 2, NUMBERS = 1 << 16, SLOTS = 1 << 15 };

static uint32_t numbers[NUMBERS], merged[NUMBERS], keys[SLOTS], counts[SLOTS];

static void sort(size_t from, size_t to) {
    if (to - from < 2) {
        return;
    }
    size_t middle = (from + to) / 2;
    sort(from, middle);
    sort(middle, to);
    for (size_t a = from, b = middle, at = from; at < to; at++) {
        merged[at] = b == to || (a < middle && numbers[a] <= numbers[b]) ? numbers[a++] : numbers[b++];
    }
    for (size_t at = from; at < to; at++) {
        numbers[at] = merged[at];
    }
}

static uint32_t *count_of(uint32_t key) {
    uint32_t slot = key * 2654435761u >> 17;
    while (counts[slot] != 0 && keys[slot] != key) {
        slot = (slot + 1) % SLOTS;
    }
    keys[slot] = key;
    return &counts[slot];
}

static uint64_t work(uint64_t seed) {
    uint64_t sum = 0;
    for (size_t i = 0; i < NUMBERS; i++) {
        numbers[i] = (uint32_t)next_random(&seed);
        (*count_of(numbers[i] % 10007))++;
    }
    sort(0, NUMBERS);
    for (size_t i = 0; i < NUMBERS; i++) {
        sum = mix(sum, numbers[i] + *count_of(numbers[i] % 10007));
    }
    return sum;
}

void kernel_prepare(void) {
}

uint64_t kernel(void) {
    int ends[PROCESSES][2];
    long children[PROCESSES];
    uint64_t sum = 0;
    for (int p = 0; p < PROCESSES; p++) {
        if (os_pipe(ends[p]) != 0) {
            os_exit(1);
        }
        children[p] = os_fork();
        if (children[p] == 0) {
            uint64_t result = work((uint64_t)p + 1);
            os_exit(os_write(ends[p][1], &result, sizeof result) != sizeof result);
        }
        os_close(ends[p][1]);
    }
    for (int p = 0; p < PROCESSES; p++) {
        uint64_t result = 0;
        os_read(ends[p][0], &result, sizeof result);
        os_close(ends[p][0]);
        os_wait(children[p]);
        sum = mix(sum, result);
    }
    return sum;
}
