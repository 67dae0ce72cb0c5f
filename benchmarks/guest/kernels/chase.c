// SPDX-License-Identifier: Apache-2.0
// Pointer chase through 4 MiB in random order: every step a cache and a TLB miss.
#include "kernel.h"

KERNEL("chase", 0x9e90862f452f7b25u, 3);

#define NODES 65536
#define STEPS 262144

struct node {
    struct node *next;
    uint64_t value;
    uint64_t padding[6];
};

static struct node nodes[NODES];
static uint32_t order[NODES];

void kernel_prepare(void) {
    uint64_t state = 4;
    for (uint32_t i = 0; i < NODES; i++) {
        order[i] = i;
    }
    for (uint32_t i = NODES - 1; i > 0; i--) {
        uint32_t j = (uint32_t)(next_random(&state) % i); // Sattolo's: one cycle through all nodes
        uint32_t swapped = order[i];
        order[i] = order[j];
        order[j] = swapped;
    }
    for (uint32_t i = 0; i < NODES; i++) {
        nodes[i].next = &nodes[order[i]];
        nodes[i].value = next_random(&state);
    }
}

uint64_t kernel(void) {
    const struct node *at = &nodes[0];
    uint64_t sum = 0;
    for (int i = 0; i < STEPS; i++) {
        sum = (sum ^ at->value) + 1;
        at = at->next;
    }
    return mix(sum, (uint64_t)(at - nodes));
}
