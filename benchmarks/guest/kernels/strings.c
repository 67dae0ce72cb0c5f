// SPDX-License-Identifier: Apache-2.0
// Text work: length, compare, search, case folding, splitting into words and formatting of numbers.
#include "kernel.h"

KERNEL("strings", 0x60db28bb6c853012u, 6);

#define WORDS 2048
#define LONGEST 12

static char text[WORDS * (LONGEST + 1) + 1];
static char folded[sizeof text];
static char number[24];

void kernel_prepare(void) {
    uint64_t state = 5;
    char *at = text;
    for (int i = 0; i < WORDS; i++) {
        int length = 1 + (int)(next_random(&state) % LONGEST);
        for (int j = 0; j < length; j++) {
            uint64_t r = next_random(&state) >> 20;
            *at++ = (char)((r & 256 ? 'a' : 'A') + r % 13);
        }
        *at++ = ' ';
    }
    *at = 0;
}

static __attribute__((noinline)) size_t length_of(const char *s) {
    const char *at = s;
    while (*at) {
        at++;
    }
    return (size_t)(at - s);
}

static __attribute__((noinline)) int compare(const char *a, const char *b) {
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return (unsigned char)*a - (unsigned char)*b;
}

static __attribute__((noinline)) const char *find(const char *in, const char *what) {
    for (; *in; in++) {
        const char *a = in;
        const char *b = what;
        while (*b && *a == *b) {
            a++;
            b++;
        }
        if (!*b) {
            return in;
        }
    }
    return NULL;
}

static __attribute__((noinline)) void fold(char *to, const char *from) {
    char c;
    do {
        c = *from++;
        *to++ = (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
    } while (c);
}

static __attribute__((noinline)) char *format(uint64_t value) {
    char *at = number + sizeof number;
    *--at = 0;
    do {
        *--at = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    return at;
}

uint64_t kernel(void) {
    uint64_t sum = length_of(text);
    fold(folded, text);
    static const char *const needles[] = {"abc", "ma ", "gh i", "leak", "mmmm"};
    for (size_t i = 0; i < sizeof needles / sizeof needles[0]; i++) {
        uint64_t hits = 0;
        for (const char *at = find(folded, needles[i]); at; at = find(at + 1, needles[i])) {
            hits += (uint64_t)(at - folded) + 1;
        }
        sum = mix(sum, hits);
    }
    uint64_t order = 0;
    for (const char *word = folded; *word;) {
        const char *next = word;
        while (*next != ' ') {
            next++;
        }
        next++;
        order = order * 3 + (uint64_t)(compare(word, next) > 0);
        word = next;
    }
    sum = mix(sum, order);
    for (uint64_t i = 0; i < 512; i++) {
        const char *digits = format(i * i * i * 7919);
        sum = mix(sum, length_of(digits) * 256 + (uint64_t)digits[0]);
    }
    return sum;
}
