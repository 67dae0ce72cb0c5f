// SPDX-License-Identifier: Apache-2.0
// What a JPEG encoder does to a picture of 128 x 64 pixels: cosine transform of 8 x 8 blocks in integers, quantisation,
// zigzag order, run lengths, and a variable-length code into a bit stream.
#include "../kernels/kernel.h"

KERNEL("dct", 0xeafe9c3e164131adu, 1);

enum { WIDTH = 128, HEIGHT = 64 };

static uint8_t picture[HEIGHT][WIDTH];
static int16_t cosine[8][8];
static uint8_t order[64];
static uint8_t quantiser[64];
static uint8_t stream[WIDTH * HEIGHT * 2];

void kernel_prepare(void) {
    uint64_t state = 0x1234567u;
    for (int y = 0; y < HEIGHT; y++) {
        for (int x = 0; x < WIDTH; x++) {
            int shape = (x - 60) * (x - 60) + (y - 30) * (y - 30) < 600 ? 90 : x + y;
            picture[y][x] = (uint8_t)(shape + (int)(next_random(&state) >> 60));
        }
    }
    // cos(k pi / 16) * 4096 for k from 0 to 8; the rest by symmetry.
    static const int16_t quarter[9] = {4096, 4017, 3784, 3406, 2896, 2276, 1567, 799, 0};
    for (int u = 0; u < 8; u++) {
        for (int x = 0; x < 8; x++) {
            int k = (2 * x + 1) * u % 32;
            k = k > 16 ? 32 - k : k;
            cosine[u][x] = (int16_t)(k <= 8 ? quarter[k] : -quarter[16 - k]);
        }
    }
    for (int sum = 0, i = 0; sum < 15; sum++) {
        for (int k = 0; k <= sum; k++) {
            int x = sum % 2 ? sum - k : k, y = sum - x;
            if (x < 8 && y < 8) {
                order[i] = (uint8_t)(y * 8 + x);
                quantiser[i++] = (uint8_t)(12 + 3 * sum);
            }
        }
    }
}

static void transform(int32_t *block) {
    int32_t rows[64];
    for (int y = 0; y < 8; y++) {
        for (int u = 0; u < 8; u++) {
            int32_t sum = 0;
            for (int x = 0; x < 8; x++) {
                sum += block[y * 8 + x] * cosine[u][x];
            }
            rows[y * 8 + u] = sum >> 10;
        }
    }
    for (int u = 0; u < 8; u++) {
        for (int v = 0; v < 8; v++) {
            int32_t sum = 0;
            for (int y = 0; y < 8; y++) {
                sum += rows[y * 8 + u] * cosine[v][y];
            }
            block[v * 8 + u] = sum >> 16;
        }
    }
}

static uint32_t bits_used;

static void put(uint32_t value, int bits) {
    while (bits-- > 0) {
        if ((bits_used & 7) == 0) {
            stream[bits_used >> 3] = 0;
        }
        stream[bits_used >> 3] |= (uint8_t)((value >> bits & 1) << (7 - (bits_used & 7)));
        bits_used++;
    }
}

static int size_of(int32_t value) {
    uint32_t magnitude = (uint32_t)(value < 0 ? -value : value);
    int bits = 0;
    while (magnitude != 0) {
        magnitude >>= 1;
        bits++;
    }
    return bits;
}

uint64_t kernel(void) {
    bits_used = 0;
    int32_t before = 0;
    for (int top = 0; top < HEIGHT; top += 8) {
        for (int left = 0; left < WIDTH; left += 8) {
            int32_t block[64];
            for (int i = 0; i < 64; i++) {
                block[i] = picture[top + i / 8][left + i % 8] - 128;
            }
            transform(block);
            int run = 0;
            for (int i = 0; i < 64; i++) {
                int32_t value = block[order[i]] / quantiser[i];
                if (i == 0) {
                    int32_t difference = value - before;
                    before = value;
                    value = difference;
                } else if (value == 0) {
                    run++;
                    continue;
                }
                int size = size_of(value);
                put((uint32_t)run << 4 | (uint32_t)size, 10);
                put((uint32_t)(value < 0 ? value - 1 : value), size);
                run = 0;
            }
            put(0, 10);
        }
    }
    uint64_t sum = bits_used;
    for (uint32_t i = 0; i < bits_used / 8; i++) {
        sum = mix(sum, stream[i]);
    }
    return sum;
}
