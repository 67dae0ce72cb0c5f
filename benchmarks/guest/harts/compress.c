// SPDX-License-Identifier: Apache-2.0
// Two threads that compress blocks of one text, as pigz does: each takes the next block; a third writes the results in
// their order.
#include "../operations/posix.h"
#include "../kernels/kernel.h"

KERNEL("compress", 0xb27246b50c3d7e6du, 1);

enum { THREADS = 2, BLOCKS = 16, BYTES = 16384, HASHES = 4096, LONGEST = 130, SHORTEST = 4, TRIES = 16 };

struct compressor {
    struct os_thread thread;
    int32_t newest[HASHES], older[BYTES];
};

static uint8_t text[BLOCKS][BYTES], packed[BLOCKS][BYTES * 2];
static int sizes[BLOCKS], next_block;
static struct compressor compressors[THREADS];

static uint32_t hash(const uint8_t *at) {
    uint32_t word;
    __builtin_memcpy(&word, at, sizeof word);
    return word * 2654435761u >> 20;
}

static int longest(const struct compressor *c, const uint8_t *block, int position, int *distance) {
    int most = BYTES - position < LONGEST ? BYTES - position : LONGEST, best = SHORTEST - 1;
    int candidate = c->newest[hash(block + position)];
    for (int tries = 0; candidate >= 0 && tries < TRIES; tries++, candidate = c->older[candidate]) {
        int length = 0;
        while (length < most && block[candidate + length] == block[position + length]) {
            length++;
        }
        if (length > best) {
            best = length;
            *distance = position - candidate;
        }
    }
    return best < SHORTEST ? 0 : best;
}

static int compress(struct compressor *c, const uint8_t *block, uint8_t *out) {
    int size = 0;
    for (int h = 0; h < HASHES; h++) {
        c->newest[h] = -1;
    }
    for (int position = 0; position < BYTES;) {
        int distance = 0, length = position + SHORTEST <= BYTES ? longest(c, block, position, &distance) : 0;
        out[size++] = (uint8_t)length;
        if (length == 0) {
            out[size++] = block[position];
        } else {
            out[size++] = (uint8_t)distance;
            out[size++] = (uint8_t)(distance >> 8);
        }
        for (int end = position + (length == 0 ? 1 : length); position < end; position++) {
            if (position + SHORTEST <= BYTES) {
                uint32_t h = hash(block + position);
                c->older[position] = c->newest[h];
                c->newest[h] = position;
            }
        }
    }
    return size;
}

static void work(void *argument) {
    struct compressor *c = argument;
    int block;
    while ((block = __atomic_fetch_add(&next_block, 1, __ATOMIC_RELAXED)) < BLOCKS) {
        int size = compress(c, text[block], packed[block]);
        __atomic_store_n(&sizes[block], size, __ATOMIC_RELEASE);
        os_wake_word(&sizes[block]);
    }
}

void kernel_prepare(void) {
    static const char *const words[] = {"if ", "(", ") ", "return ", "value", "index", " = ", "next", "->", "0", ";\n", "{\n", "}\n", "    "};
    uint64_t state = 27182818284u;
    for (int at = 0; at < BLOCKS * BYTES;) {
        for (const char *w = words[(next_random(&state) >> 33) % (sizeof words / sizeof *words)]; *w != 0 && at < BLOCKS * BYTES; w++) {
            text[0][at++] = (uint8_t)*w;
        }
    }
}

uint64_t kernel(void) {
    uint64_t sum = 0;
    next_block = 0;
    for (int block = 0; block < BLOCKS; block++) {
        sizes[block] = 0;
    }
    for (int t = 0; t < THREADS; t++) {
        os_start_thread(&compressors[t].thread, work, &compressors[t]);
    }
    for (int block = 0; block < BLOCKS; block++) {
        int size;
        while ((size = __atomic_load_n(&sizes[block], __ATOMIC_ACQUIRE)) == 0) {
            os_await_word(&sizes[block], 0);
        }
        for (int i = 0; i < size; i++) {
            sum = mix(sum, packed[block][i]);
        }
    }
    for (int t = 0; t < THREADS; t++) {
        os_await_thread(&compressors[t].thread);
    }
    return sum;
}
