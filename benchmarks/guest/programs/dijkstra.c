// SPDX-License-Identifier: Apache-2.0
// Shortest paths from one of 1,500 nodes of a sparse graph, by a binary heap.
#include "../kernels/kernel.h"

KERNEL("dijkstra", 0x7252692e9db6bdb0u, 1);

enum { NODES = 1500, EDGES = 6 * NODES };

struct entry {
    uint32_t distance, node;
};

static uint32_t first[NODES + 1], target[EDGES], weight[EDGES], distances[NODES];
static struct entry heap[EDGES + 1];
static int count;

static void push(uint32_t distance, uint32_t node) {
    int i = count++;
    while (i > 0 && heap[(i - 1) / 2].distance > distance) {
        heap[i] = heap[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    heap[i] = (struct entry){distance, node};
}

static struct entry pop(void) {
    struct entry top = heap[0], last = heap[--count];
    int i = 0;
    while (2 * i + 1 < count) {
        int child = 2 * i + 1;
        child += child + 1 < count && heap[child + 1].distance < heap[child].distance;
        if (heap[child].distance >= last.distance) {
            break;
        }
        heap[i] = heap[child];
        i = child;
    }
    heap[i] = last;
    return top;
}

void kernel_prepare(void) {
    uint64_t state = 271828;
    for (int i = 0; i < NODES; i++) {
        first[i] = (uint32_t)(6 * i);
        for (int k = 0; k < 6; k++) {
            uint64_t r = next_random(&state);
            target[6 * i + k] = k == 0 ? (uint32_t)(i + 1) % NODES : (uint32_t)(r % NODES);
            weight[6 * i + k] = (uint32_t)(r >> 40 & 1023) + 1;
        }
    }
    first[NODES] = EDGES;
}

uint64_t kernel(void) {
    for (int i = 0; i < NODES; i++) {
        distances[i] = ~0u;
    }
    distances[0] = 0;
    count = 0;
    push(0, 0);
    while (count > 0) {
        struct entry nearest = pop();
        if (nearest.distance != distances[nearest.node]) {
            continue;
        }
        for (uint32_t e = first[nearest.node]; e < first[nearest.node + 1]; e++) {
            uint32_t through = nearest.distance + weight[e];
            if (through < distances[target[e]]) {
                distances[target[e]] = through;
                push(through, target[e]);
            }
        }
    }
    uint64_t sum = 0;
    for (int i = 0; i < NODES; i++) {
        sum = mix(sum, distances[i]);
    }
    return sum;
}
