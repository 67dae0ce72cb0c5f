// SPDX-License-Identifier: Apache-2.0
// 64-bit multiply, divide and remainder: greatest common divisors, modular powers, digit sums.
#include "kernel.h"

KERNEL("muldiv", 0x0f872cb8ebdd1238u, 8);

void kernel_prepare(void) {
}

static uint64_t gcd(uint64_t a, uint64_t b) {
    while (b) {
        uint64_t r = a % b;
        a = b;
        b = r;
    }
    return a;
}

// The modulus is below 2^32, so that products fit.
static uint64_t power(uint64_t base, uint64_t exponent, uint64_t modulus) {
    uint64_t result = 1;
    base %= modulus;
    for (; exponent; exponent >>= 1) {
        if (exponent & 1) {
            result = result * base % modulus;
        }
        base = base * base % modulus;
    }
    return result;
}

uint64_t kernel(void) {
    uint64_t state = 7;
    uint64_t sum = 0;
    for (int i = 0; i < 768; i++) {
        uint64_t a = next_random(&state);
        uint64_t b = next_random(&state) | 1;
        sum = mix(sum, gcd(a, b));
        sum = mix(sum, power(a, b, (b >> 33) + 2));
        __uint128_t wide = (__uint128_t)a * b;
        sum += (uint64_t)(wide >> 64) ^ (uint64_t)((int64_t)a / (int64_t)(b >> 40 | 1)) ^ (uint64_t)((int32_t)a % (int32_t)(b >> 48 | 1));
        for (uint64_t n = a; n; n /= b >> 56 | 3) {
            sum += n % 10;
        }
    }
    return sum;
}
