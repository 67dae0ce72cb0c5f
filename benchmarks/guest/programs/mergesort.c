// SPDX-License-Identifier: Apache-2.0
// Merge sort of 4,096 records by three keys, through a comparison function that is passed along.
#include "../kernels/kernel.h"

KERNEL("mergesort", 0x2f5dad325f9ab4b8u, 1);

#define RECORDS 4096

struct record {
    uint32_t group;
    int16_t weight;
    uint16_t serial;
    char name[8];
};

static struct record unsorted[RECORDS], records[RECORDS], scratch[RECORDS];

static int by_group_weight_name(const struct record *a, const struct record *b) {
    if (a->group != b->group) {
        return a->group < b->group ? -1 : 1;
    }
    if (a->weight != b->weight) {
        return a->weight - b->weight;
    }
    for (int i = 0; i < 8; i++) {
        if (a->name[i] != b->name[i]) {
            return a->name[i] - b->name[i];
        }
    }
    return 0;
}

static void sort(struct record *a, struct record *spare, int count, int (*compare)(const struct record *, const struct record *)) {
    if (count <= 8) {
        for (int i = 1; i < count; i++) {
            struct record moving = a[i];
            int j = i;
            for (; j > 0 && compare(&a[j - 1], &moving) > 0; j--) {
                a[j] = a[j - 1];
            }
            a[j] = moving;
        }
        return;
    }
    int half = count / 2;
    sort(a, spare, half, compare);
    sort(a + half, spare + half, count - half, compare);
    for (int i = 0; i < count; i++) {
        spare[i] = a[i];
    }
    for (int i = 0, j = half, k = 0; k < count; k++) {
        a[k] = j == count || (i < half && compare(&spare[i], &spare[j]) <= 0) ? spare[i++] : spare[j++];
    }
}

void kernel_prepare(void) {
    uint64_t state = 1442695040888963407u;
    for (int i = 0; i < RECORDS; i++) {
        uint64_t r = next_random(&state);
        unsorted[i].group = (uint32_t)(r % 37);
        unsorted[i].weight = (int16_t)(r >> 16 & 63);
        unsorted[i].serial = (uint16_t)i;
        for (int k = 0; k < 8; k++) {
            unsorted[i].name[k] = (char)('a' + (r >> (24 + 4 * k) & 15));
        }
    }
}

uint64_t kernel(void) {
    for (int i = 0; i < RECORDS; i++) {
        records[i] = unsorted[i];
    }
    int (*volatile compare)(const struct record *, const struct record *) = by_group_weight_name;
    sort(records, scratch, RECORDS, compare);
    uint64_t sum = 0;
    for (int i = 0; i < RECORDS; i++) {
        sum = mix(sum, records[i].serial);
    }
    return sum;
}
