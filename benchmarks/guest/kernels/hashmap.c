// SPDX-License-Identifier: Apache-2.0
// An open-addressing hash map of 64-bit keys: insert, look up, delete with back-shift.
#include "kernel.h"

KERNEL("hashmap", 0x56ee1f98963673fbu, 5);

#define LOG 14
#define SLOTS (1u << LOG)
#define KEYS 9000

struct slot {
    uint64_t key; // 0 is free
    uint64_t value;
};

static struct slot slots[SLOTS];
static uint64_t keys[KEYS];

void kernel_prepare(void) {
    uint64_t state = 10;
    for (int i = 0; i < KEYS; i++) {
        keys[i] = next_random(&state);
    }
}

static uint32_t home(uint64_t key) {
    return (uint32_t)(key * 0x9e3779b97f4a7c15u >> (64 - LOG));
}

static uint32_t find(uint64_t key) {
    uint32_t at = home(key);
    while (slots[at].key != key && slots[at].key != 0) {
        at = (at + 1) & (SLOTS - 1);
    }
    return at;
}

static void delete(uint64_t key) {
    uint32_t hole = find(key);
    if (slots[hole].key == 0) {
        return;
    }
    for (uint32_t at = (hole + 1) & (SLOTS - 1); slots[at].key != 0; at = (at + 1) & (SLOTS - 1)) {
        uint32_t distance = (at - home(slots[at].key)) & (SLOTS - 1);
        if (distance >= ((at - hole) & (SLOTS - 1))) {
            slots[hole] = slots[at];
            hole = at;
        }
    }
    slots[hole].key = 0;
}

uint64_t kernel(void) {
    for (uint32_t i = 0; i < SLOTS; i++) {
        slots[i].key = 0;
    }
    for (int i = 0; i < KEYS; i++) {
        uint32_t at = find(keys[i]);
        slots[at].key = keys[i];
        slots[at].value = (uint64_t)i;
    }
    uint64_t sum = 0;
    for (int pass = 0; pass < 3; pass++) {
        for (int i = 0; i < KEYS; i++) {
            uint32_t at = find(keys[i] + (uint64_t)(i % 4 == pass));
            sum = sum * 3 + (slots[at].key != 0 ? slots[at].value : 1);
        }
        for (int i = pass; i < KEYS; i += 4) {
            delete(keys[i]);
        }
    }
    return mix(sum, find(keys[3]));
}
