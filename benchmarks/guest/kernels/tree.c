// SPDX-License-Identifier: Apache-2.0
// Binary search trees and linked lists from an arena with a free list: small nodes, many pointers.
#include "kernel.h"

KERNEL("tree", 0xb601dd518b0f75e0u, 5);

#define NODES 4096
#define LOOKUPS 8192

struct node {
    struct node *left, *right;
    uint64_t key;
    uint64_t count;
};

static struct node arena[NODES];
static struct node *free_nodes;
static size_t used;

void kernel_prepare(void) {
}

static struct node *allocate(uint64_t key) {
    struct node *node = free_nodes;
    if (node) {
        free_nodes = node->left;
    } else {
        node = &arena[used++];
    }
    *node = (struct node){NULL, NULL, key, 1};
    return node;
}

static void release(struct node *node) {
    node->left = free_nodes;
    free_nodes = node;
}

static void insert(struct node **at, uint64_t key) {
    while (*at) {
        if ((*at)->key == key) {
            (*at)->count++;
            return;
        }
        at = key < (*at)->key ? &(*at)->left : &(*at)->right;
    }
    *at = allocate(key);
}

static void delete_root(struct node **at) {
    struct node *node = *at;
    if (!node->left) {
        *at = node->right;
    } else if (!node->right) {
        *at = node->left;
    } else {
        struct node **least = &node->right;
        while ((*least)->left) {
            least = &(*least)->left;
        }
        struct node *next = *least;
        *least = next->right;
        next->left = node->left;
        next->right = node->right;
        *at = next;
    }
    release(node);
}

static uint64_t depth_sum(const struct node *node, uint64_t depth) {
    return node ? depth * node->count + depth_sum(node->left, depth + 1) + depth_sum(node->right, depth + 1) : 0;
}

static struct node *reverse(struct node *list) {
    struct node *reversed = NULL;
    while (list) {
        struct node *next = list->right;
        list->right = reversed;
        reversed = list;
        list = next;
    }
    return reversed;
}

uint64_t kernel(void) {
    uint64_t state = 14;
    used = 0;
    free_nodes = NULL;
    struct node *root = NULL;
    for (int i = 0; i < NODES * 3 / 4; i++) {
        insert(&root, next_random(&state) >> 44);
    }
    uint64_t sum = depth_sum(root, 1);
    for (int i = 0; i < LOOKUPS; i++) {
        uint64_t key = next_random(&state) >> 44;
        struct node **at = &root;
        while (*at && (*at)->key != key) {
            at = key < (*at)->key ? &(*at)->left : &(*at)->right;
            sum++;
        }
        if (*at) {
            delete_root(at);
        }
    }
    for (int i = 0; i < NODES / 4; i++) {
        delete_root(&root);
    }
    struct node *list = NULL;
    for (uint64_t i = 0; i < NODES / 4; i++) {
        struct node *node = allocate(i * i);
        node->right = list;
        list = node;
    }
    for (int i = 0; i < 9; i++) {
        list = reverse(list);
    }
    return mix(mix(sum, depth_sum(root, 1)), list->key + list->right->key);
}
