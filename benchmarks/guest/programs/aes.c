// SPDX-License-Identifier: Apache-2.0
// AES-128 (FIPS 197) in counter mode over 16 KiB, with one table of 32-bit words: loads that depend on data.
#include "../kernels/kernel.h"

KERNEL("aes", 0x0f7f4bef9034b607u, 1);

#define BLOCKS 1024

static uint8_t box[256];
static uint32_t table[256];
static uint32_t keys[44];

static uint8_t twice(uint8_t x) {
    return (uint8_t)(x << 1 ^ (x & 0x80 ? 0x1b : 0));
}

static uint32_t right(uint32_t value, int bits) {
    return value >> bits | value << (32 - bits);
}

static uint32_t substitute(uint32_t w) {
    return (uint32_t)box[w >> 24] << 24 | (uint32_t)box[w >> 16 & 255] << 16 | (uint32_t)box[w >> 8 & 255] << 8 | box[w & 255];
}

void kernel_prepare(void) {
    // The multiplicative inverse by walking the powers of a generator and of its inverse, then the affine map.
    uint8_t p = 1, q = 1;
    do {
        p = (uint8_t)(p ^ twice(p));
        q ^= (uint8_t)(q << 1);
        q ^= (uint8_t)(q << 2);
        q ^= (uint8_t)(q << 4);
        if (q & 0x80) {
            q ^= 0x09;
        }
        uint8_t x = q;
        box[p] = (uint8_t)(x ^ (x << 1 | x >> 7) ^ (x << 2 | x >> 6) ^ (x << 3 | x >> 5) ^ (x << 4 | x >> 4) ^ 0x63);
    } while (p != 1);
    box[0] = 0x63;
    for (int i = 0; i < 256; i++) {
        uint8_t s = box[i], d = twice(s);
        table[i] = (uint32_t)d << 24 | (uint32_t)s << 16 | (uint32_t)s << 8 | (uint8_t)(s ^ d);
    }
    static const uint32_t key[4] = {0x2b7e1516, 0x28aed2a6, 0xabf71588, 0x09cf4f3c};
    uint8_t round = 1;
    for (int i = 0; i < 44; i++) {
        uint32_t t = i < 4 ? key[i] : keys[i - 1];
        if (i >= 4 && i % 4 == 0) {
            t = substitute(t << 8 | t >> 24) ^ (uint32_t)round << 24;
            round = twice(round);
        }
        keys[i] = i < 4 ? t : keys[i - 4] ^ t;
    }
}

static uint32_t column(uint32_t a, uint32_t b, uint32_t c, uint32_t d) {
    return table[a >> 24] ^ right(table[b >> 16 & 255], 8) ^ right(table[c >> 8 & 255], 16) ^ right(table[d & 255], 24);
}

static uint32_t last(uint32_t a, uint32_t b, uint32_t c, uint32_t d) {
    return substitute((a & 0xff000000) | (b & 0xff0000) | (c & 0xff00) | (d & 0xff));
}

static void encrypt(uint32_t *s) {
    uint32_t a = s[0] ^ keys[0], b = s[1] ^ keys[1], c = s[2] ^ keys[2], d = s[3] ^ keys[3];
    for (int i = 4; i < 40; i += 4) {
        uint32_t e = column(a, b, c, d) ^ keys[i], f = column(b, c, d, a) ^ keys[i + 1];
        uint32_t g = column(c, d, a, b) ^ keys[i + 2], h = column(d, a, b, c) ^ keys[i + 3];
        a = e;
        b = f;
        c = g;
        d = h;
    }
    s[0] = last(a, b, c, d) ^ keys[40];
    s[1] = last(b, c, d, a) ^ keys[41];
    s[2] = last(c, d, a, b) ^ keys[42];
    s[3] = last(d, a, b, c) ^ keys[43];
}

uint64_t kernel(void) {
    uint64_t sum = 0;
    for (uint32_t i = 0; i < BLOCKS; i++) {
        uint32_t s[4] = {0xf0f1f2f3, 0xf4f5f6f7, 0xf8f9fafb, i};
        encrypt(s);
        sum = mix(sum, ((uint64_t)s[0] << 32 | s[1]) ^ ((uint64_t)s[2] << 32 | s[3]));
    }
    return sum;
}
