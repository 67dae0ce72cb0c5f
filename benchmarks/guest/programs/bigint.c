// SPDX-License-Identifier: Apache-2.0
// Modular exponentiation of 512-bit numbers by Montgomery multiplication, as RSA does it: 64-bit products and carries.
#include "../kernels/kernel.h"

KERNEL("bigint", 0xfcaaa6e99fec6d66u, 1);

enum { WORDS = 8 };

typedef unsigned __int128 wide;

static uint64_t modulus[WORDS], base[WORDS], square[WORDS];
static uint64_t inverse; // -1 / modulus, modulo 2^64

static int less(const uint64_t *a, const uint64_t *b) {
    for (int i = WORDS - 1; i >= 0; i--) {
        if (a[i] != b[i]) {
            return a[i] < b[i];
        }
    }
    return 0;
}

static void subtract(uint64_t *a, const uint64_t *b) {
    uint64_t borrow = 0;
    for (int i = 0; i < WORDS; i++) {
        wide difference = (wide)a[i] - b[i] - borrow;
        a[i] = (uint64_t)difference;
        borrow = (uint64_t)(difference >> 64) & 1;
    }
}

// result = a * b / 2^512 modulo the modulus.
static void multiply(uint64_t *result, const uint64_t *a, const uint64_t *b) {
    uint64_t t[WORDS + 2] = {0};
    for (int i = 0; i < WORDS; i++) {
        uint64_t carry = 0;
        for (int j = 0; j < WORDS; j++) {
            wide product = (wide)a[j] * b[i] + t[j] + carry;
            t[j] = (uint64_t)product;
            carry = (uint64_t)(product >> 64);
        }
        wide top = (wide)t[WORDS] + carry;
        t[WORDS] = (uint64_t)top;
        t[WORDS + 1] = (uint64_t)(top >> 64);
        uint64_t m = t[0] * inverse;
        carry = (uint64_t)(((wide)m * modulus[0] + t[0]) >> 64);
        for (int j = 1; j < WORDS; j++) {
            wide product = (wide)m * modulus[j] + t[j] + carry;
            t[j - 1] = (uint64_t)product;
            carry = (uint64_t)(product >> 64);
        }
        top = (wide)t[WORDS] + carry;
        t[WORDS - 1] = (uint64_t)top;
        t[WORDS] = t[WORDS + 1] + (uint64_t)(top >> 64);
    }
    for (int i = 0; i < WORDS; i++) {
        result[i] = t[i];
    }
    if (t[WORDS] != 0 || !less(result, modulus)) {
        subtract(result, modulus);
    }
}

void kernel_prepare(void) {
    uint64_t state = 0x243f6a8885a308d3u;
    for (int i = 0; i < WORDS; i++) {
        modulus[i] = next_random(&state);
        base[i] = next_random(&state);
    }
    modulus[0] |= 1;
    modulus[WORDS - 1] |= 1ull << 63;
    base[WORDS - 1] >>= 1;
    inverse = modulus[0];
    for (int i = 0; i < 6; i++) {
        inverse *= 2 - modulus[0] * inverse;
    }
    inverse = -inverse;
    // 2^1024 modulo the modulus, by doubling.
    square[0] = 1;
    for (int i = 0; i < 1024; i++) {
        uint64_t carry = 0;
        for (int k = 0; k < WORDS; k++) {
            uint64_t next = square[k] >> 63;
            square[k] = square[k] << 1 | carry;
            carry = next;
        }
        if (carry != 0 || !less(square, modulus)) {
            subtract(square, modulus);
        }
    }
}

uint64_t kernel(void) {
    static const uint64_t one[WORDS] = {1};
    uint64_t x[WORDS], power[WORDS];
    multiply(x, base, square);
    multiply(power, one, square);
    for (int bit = 255; bit >= 0; bit--) {
        multiply(power, power, power);
        if (base[bit >> 6] >> (bit & 63) & 1) {
            multiply(power, power, x);
        }
    }
    multiply(power, power, one);
    uint64_t sum = 0;
    for (int i = 0; i < WORDS; i++) {
        sum = mix(sum, power[i]);
    }
    return sum;
}
