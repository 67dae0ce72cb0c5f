// SPDX-License-Identifier: Apache-2.0
// An ordered map as a left-leaning red-black tree: 2,000 insertions, as many look-ups, a walk in order.
#include "../kernels/kernel.h"

KERNEL("redblack", 0x8ecef63d187f505au, 1);

enum { KEYS = 2000 };

struct node {
    uint32_t key, value;
    struct node *left, *right;
    int red;
};

static struct node nodes[KEYS];
static uint32_t keys[KEYS];
static int used;

static int is_red(const struct node *node) {
    return node != NULL && node->red;
}

static struct node *rotate_left(struct node *node) {
    struct node *up = node->right;
    node->right = up->left;
    up->left = node;
    up->red = node->red;
    node->red = 1;
    return up;
}

static struct node *rotate_right(struct node *node) {
    struct node *up = node->left;
    node->left = up->right;
    up->right = node;
    up->red = node->red;
    node->red = 1;
    return up;
}

static struct node *insert(struct node *node, uint32_t key, uint32_t value) {
    if (node == NULL) {
        nodes[used] = (struct node){key, value, NULL, NULL, 1};
        return &nodes[used++];
    }
    if (key < node->key) {
        node->left = insert(node->left, key, value);
    } else if (key > node->key) {
        node->right = insert(node->right, key, value);
    } else {
        node->value += value;
    }
    if (is_red(node->right) && !is_red(node->left)) {
        node = rotate_left(node);
    }
    if (is_red(node->left) && is_red(node->left->left)) {
        node = rotate_right(node);
    }
    if (is_red(node->left) && is_red(node->right)) {
        node->red = 1;
        node->left->red = 0;
        node->right->red = 0;
    }
    return node;
}

static const struct node *find(const struct node *node, uint32_t key) {
    while (node != NULL && node->key != key) {
        node = key < node->key ? node->left : node->right;
    }
    return node;
}

static uint64_t walk(const struct node *node, uint64_t sum, int depth) {
    if (node == NULL) {
        return sum;
    }
    sum = walk(node->left, sum, depth + 1);
    sum = mix(sum, (uint64_t)node->key << 32 | (node->value + (uint32_t)depth));
    return walk(node->right, sum, depth + 1);
}

void kernel_prepare(void) {
    uint64_t state = 777;
    for (int i = 0; i < KEYS; i++) {
        keys[i] = (uint32_t)(next_random(&state) >> 50);
    }
}

uint64_t kernel(void) {
    struct node *root = NULL;
    used = 0;
    for (int i = 0; i < KEYS; i++) {
        root = insert(root, keys[i], (uint32_t)i);
        root->red = 0;
    }
    uint64_t found = 0;
    for (int i = 0; i < KEYS; i++) {
        found += find(root, keys[i] + (i & 1)) != NULL;
    }
    return mix(walk(root, 0, 0), found);
}
