// SPDX-License-Identifier: Apache-2.0
// Calls through function pointers: a list of shapes of five kinds, each with its own functions.
#include "kernel.h"

KERNEL("dispatch", 0x00000000babdd526u, 6);

#define SHAPES 1024

struct shape;

struct kind {
    uint64_t (*area)(const struct shape *);
    void (*grow)(struct shape *, uint64_t);
};

struct shape {
    const struct kind *kind;
    uint64_t width, height;
};

static struct shape initial[SHAPES], shapes[SHAPES];

static uint64_t rectangle_area(const struct shape *s) {
    return s->width * s->height;
}

static uint64_t triangle_area(const struct shape *s) {
    return s->width * s->height / 2;
}

static uint64_t ring_area(const struct shape *s) {
    return 3 * (s->width * s->width - s->height * s->height);
}

static uint64_t square_area(const struct shape *s) {
    return s->width * s->width;
}

static uint64_t line_area(const struct shape *s) {
    return s->width ^ s->height;
}

static void grow_width(struct shape *s, uint64_t by) {
    s->width += by & 15;
}

static void grow_both(struct shape *s, uint64_t by) {
    s->width += by & 7;
    s->height += by >> 4 & 7;
}

static const struct kind kinds[] = {
    {rectangle_area, grow_both}, {triangle_area, grow_width}, {ring_area, grow_width},
    {square_area, grow_width},   {line_area, grow_both},
};

void kernel_prepare(void) {
    uint64_t state = 15;
    for (int i = 0; i < SHAPES; i++) {
        uint64_t r = next_random(&state);
        initial[i] = (struct shape){&kinds[(r >> 33) % 5], r & 255, r >> 8 & 63};
    }
}

uint64_t kernel(void) {
    uint64_t sum = 0;
    for (int i = 0; i < SHAPES; i++) {
        shapes[i] = initial[i];
    }
    for (int pass = 0; pass < 40; pass++) {
        for (int i = 0; i < SHAPES; i++) {
            struct shape *s = &shapes[i];
            sum += s->kind->area(s);
            s->kind->grow(s, sum);
        }
    }
    return sum;
}
