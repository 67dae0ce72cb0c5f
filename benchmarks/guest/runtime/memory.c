// SPDX-License-Identifier: Apache-2.0
// The functions a freestanding compiler may call on its own.
#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t count) {
    char *t = to;
    const char *f = from;
    for (size_t i = 0; i < count; i++) {
        t[i] = f[i];
    }
    return to;
}

void *memset(void *to, int value, size_t count) {
    char *t = to;
    for (size_t i = 0; i < count; i++) {
        t[i] = (char)value;
    }
    return to;
}
