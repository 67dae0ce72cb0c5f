// SPDX-License-Identifier: Apache-2.0
// Quick sort of 16,384 64-bit keys, small ranges by insertion: branches that no predictor knows.
#include "kernel.h"

KERNEL("quicksort", 0xcf4d12cd8c20ec24u, 4);

#define COUNT 16384
#define SMALL 12

static int64_t keys[COUNT], work[COUNT];

void kernel_prepare(void) {
    uint64_t state = 3;
    for (int i = 0; i < COUNT; i++) {
        keys[i] = (int64_t)next_random(&state);
    }
}

static void insertion(int64_t *from, int64_t *to) {
    for (int64_t *i = from + 1; i < to; i++) {
        int64_t key = *i;
        int64_t *j = i;
        while (j > from && j[-1] > key) {
            *j = j[-1];
            j--;
        }
        *j = key;
    }
}

static void sort(int64_t *from, int64_t *to) {
    while (to - from > SMALL) {
        int64_t pivot = from[(to - from) / 2];
        int64_t *i = from;
        int64_t *j = to - 1;
        while (i <= j) {
            while (*i < pivot) {
                i++;
            }
            while (*j > pivot) {
                j--;
            }
            if (i <= j) {
                int64_t swapped = *i;
                *i++ = *j;
                *j-- = swapped;
            }
        }
        if (j + 1 - from < to - i) {
            sort(from, j + 1);
            from = i;
        } else {
            sort(i, to);
            to = j + 1;
        }
    }
    insertion(from, to);
}

uint64_t kernel(void) {
    for (int i = 0; i < COUNT; i++) {
        work[i] = keys[i];
    }
    sort(work, work + COUNT);
    uint64_t sum = 0;
    for (int i = 0; i < COUNT; i += 64) {
        sum = mix(sum, (uint64_t)work[i]);
    }
    return sum;
}
