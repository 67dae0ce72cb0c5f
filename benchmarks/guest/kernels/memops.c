// SPDX-License-Identifier: Apache-2.0
// Copying, filling and comparing of memory, by words and by bytes, aligned and not.
#include "kernel.h"

KERNEL("memops", 0x210b64570a7b15a1u, 6);

#define BYTES 65536

static uint64_t from[BYTES / 8 + 2], to[BYTES / 8 + 2];

void kernel_prepare(void) {
    uint64_t state = 12;
    for (int i = 0; i < BYTES / 8; i++) {
        from[i] = next_random(&state);
    }
}

static __attribute__((noinline)) void copy(void *restrict target, const void *restrict source, size_t count) {
    uint8_t *t = target;
    const uint8_t *s = source;
    if ((((uintptr_t)t ^ (uintptr_t)s) & 7) == 0) {
        while (((uintptr_t)t & 7) != 0 && count > 0) {
            *t++ = *s++;
            count--;
        }
        uint64_t *tw = (uint64_t *)t;
        const uint64_t *sw = (const uint64_t *)s;
        for (; count >= 32; count -= 32, tw += 4, sw += 4) {
            uint64_t a = sw[0], b = sw[1], c = sw[2], d = sw[3];
            tw[0] = a;
            tw[1] = b;
            tw[2] = c;
            tw[3] = d;
        }
        t = (uint8_t *)tw;
        s = (const uint8_t *)sw;
    }
    while (count-- > 0) {
        *t++ = *s++;
    }
}

static __attribute__((noinline)) void fill(void *target, uint8_t value, size_t count) {
    uint64_t *t = target;
    uint64_t word = value * 0x0101010101010101u;
    for (; count >= 16; count -= 16, t += 2) {
        t[0] = word;
        t[1] = word;
    }
}

static __attribute__((noinline)) int differ(const void *a, const void *b, size_t count) {
    const uint8_t *x = a;
    const uint8_t *y = b;
    for (size_t i = 0; i < count; i++) {
        if (x[i] != y[i]) {
            return x[i] - y[i];
        }
    }
    return 0;
}

uint64_t kernel(void) {
    uint64_t sum = 0;
    for (int pass = 0; pass < 16; pass++) {
        fill(to, (uint8_t)pass, BYTES);
        copy(to, from, BYTES);
        sum = mix(sum, to[pass * 500]);
    }
    copy((uint8_t *)to + 3, from, BYTES - 3);
    sum = mix(sum, (uint64_t)(int64_t)differ((uint8_t *)to + 3, from, BYTES - 3));
    copy(to, (uint8_t *)from + 5, BYTES / 2);
    sum = mix(sum, (uint64_t)(int64_t)differ(to, (uint8_t *)from + 5, BYTES / 2 + 64));
    return mix(sum, to[1]);
}
