// SPDX-License-Identifier: Apache-2.0
// Looks up random keys in a B+ tree whose leaves fill the footprint; a half of them is there.
#include "field.h"

struct parameter parameters[] = {{"footprint", 64}, {"lookups", 300000}, {}};

#define KEYS 31  // a node has 512 bytes
struct node { u64 count, keys[KEYS]; void *down[KEYS + 1]; };

static struct node *level[6];  // of the tree, the leaves first; nodes side by side
static int top;
static u64 leaves;

// The smallest key below the i-th node of a level; keys are even.
static u64 first_key(int l, u64 i) { return (i << 5 * l) * KEYS * 2; }

static void fill(int l, u64 i)
{
    struct node *node = &level[l][i];
    for (u64 k = 0; k < KEYS; k++)
        node->keys[k] = l ? first_key(l - 1, 32 * i + k + 1) : first_key(0, i) + 2 * k;
    for (u64 k = 0; k <= KEYS; k++)
        node->down[k] = l ? (void *)&level[l - 1][32 * i + k] : (void *)scramble(KEYS * i + k);
    node->count = KEYS;
}

// How many of the node's keys are at most this one.
static inline u64 up_to(const struct node *node, u64 key)
{
    u64 low = 0, high = node->count;
    while (low < high) {
        u64 middle = (low + high) / 2;
        if (node->keys[middle] <= key)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

TWICE u64 look_up_all(u64 lookups, int prepare)
{
    u64 state = 362436069, checksum = 0;
    for (u64 i = 0; i < lookups; i++) {
        u64 key = next_random(&state) % (leaves * KEYS * 2);
        struct node *node = level[top];
        for (int l = top; l; l--) {
            if (prepare && !node->count)
                fill(l, node - level[l]);
            node = node->down[up_to(node, key)];
        }
        if (prepare && !node->count)
            fill(0, node - level[0]);
        u64 at = up_to(node, key) - 1;
        if (node->keys[at] == key)
            checksum = mix(checksum, (u64)node->down[at]);
    }
    return checksum;
}

u64 workload(void)
{
    leaves = footprint() / sizeof(struct node);
    for (u64 nodes = leaves; ; nodes = (nodes + 31) / 32, top++) {
        level[top] = array_new(nodes * sizeof(struct node));
        if (nodes == 1)
            break;
    }
    look_up_all(value(1), 1);
    measure_begin();
    u64 checksum = look_up_all(value(1), 0);
    measure_end();
    return checksum;
}
