// SPDX-License-Identifier: Apache-2.0
// Compression by back references (LZ77, hash chains, lazy by one) of 12 KiB of text, and decompression.
#include "../kernels/kernel.h"

KERNEL("lz", 0x52ea1176aabe6496u, 1);

enum { BYTES = 12288, HASHES = 4096, LONGEST = 66, SHORTEST = 4, TRIES = 12 };

static uint8_t text[BYTES], packed[BYTES * 2], unpacked[BYTES];
static int32_t newest[HASHES], older[BYTES];

static uint32_t hash(const uint8_t *at) {
    uint32_t word = at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
    return word * 2654435761u >> 20;
}

static int common(const uint8_t *a, const uint8_t *b, int most) {
    int length = 0;
    while (length < most && a[length] == b[length]) {
        length++;
    }
    return length;
}

static int find(int position, int *distance) {
    int most = BYTES - position < LONGEST ? BYTES - position : LONGEST, best = 0;
    if (most < SHORTEST) {
        return 0;
    }
    int candidate = newest[hash(text + position)];
    for (int tries = 0; candidate >= 0 && tries < TRIES; tries++, candidate = older[candidate]) {
        int length = common(text + candidate, text + position, most);
        if (length > best) {
            best = length;
            *distance = position - candidate;
        }
    }
    return best >= SHORTEST ? best : 0;
}

static void enter(int position) {
    if (position + SHORTEST <= BYTES) {
        uint32_t h = hash(text + position);
        older[position] = newest[h];
        newest[h] = position;
    }
}

static int compress(void) {
    int out = 0;
    for (int i = 0; i < HASHES; i++) {
        newest[i] = -1;
    }
    for (int position = 0; position < BYTES;) {
        int distance = 0, after = 0;
        int length = find(position, &distance);
        enter(position);
        if (length != 0 && length < LONGEST && position + 1 < BYTES && find(position + 1, &after) > length) {
            length = 0;
        }
        if (length == 0) {
            packed[out++] = 0;
            packed[out++] = text[position++];
        } else {
            packed[out++] = (uint8_t)(length - SHORTEST + 1);
            packed[out++] = (uint8_t)distance;
            packed[out++] = (uint8_t)(distance >> 8);
            for (int i = 1; i < length; i++) {
                enter(position + i);
            }
            position += length;
        }
    }
    return out;
}

static int decompress(int size) {
    int out = 0;
    for (int in = 0; in < size;) {
        int length = packed[in++];
        if (length == 0) {
            unpacked[out++] = packed[in++];
        } else {
            int distance = packed[in] | packed[in + 1] << 8;
            in += 2;
            for (length += SHORTEST - 1; length > 0; length--, out++) {
                unpacked[out] = unpacked[out - distance];
            }
        }
    }
    return out;
}

void kernel_prepare(void) {
    static const char *const words[] = {"the ", "quick ", "brown ", "fox ", "jumps ", "over ", "a ", "lazy ", "dog", ". ", "Then ", "it ", "sleeps", "\n"};
    uint64_t state = 31415926535u;
    int length = 0;
    while (length < BYTES) {
        for (const char *word = words[(next_random(&state) >> 33) % (sizeof words / sizeof *words)]; *word != 0 && length < BYTES; word++) {
            text[length++] = (uint8_t)*word;
        }
    }
}

uint64_t kernel(void) {
    int size = compress();
    if (decompress(size) != BYTES || common(text, unpacked, BYTES) != BYTES) {
        return 1;
    }
    uint64_t sum = (uint64_t)size;
    for (int i = 0; i < size; i++) {
        sum = mix(sum, packed[i]);
    }
    return sum;
}
