// SPDX-License-Identifier: Apache-2.0
// A line of output, put together piece by piece without a C library.
#ifndef LINE_H
#define LINE_H

#include <stddef.h>
#include <stdint.h>

struct line {
    char text[256];
    size_t length;
};

// What does not fit is left out; there is always room for the end of the line.
static inline void add_text(struct line *line, const char *text) {
    while (*text != 0 && line->length < sizeof line->text - 1) {
        line->text[line->length++] = *text++;
    }
}

static inline void add_number(struct line *line, uint64_t value) {
    char digits[21];
    size_t at = sizeof digits;
    digits[--at] = 0;
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    add_text(line, digits + at);
}

// Sixteen digits.
static inline void add_hex(struct line *line, uint64_t value) {
    char digits[17];
    for (int i = 0; i < 16; i++) {
        digits[i] = "0123456789abcdef"[(value >> (60 - 4 * i)) & 15];
    }
    digits[16] = 0;
    add_text(line, digits);
}

static inline void end_line(struct line *line) {
    line->text[line->length++] = '\n';
}

#endif
