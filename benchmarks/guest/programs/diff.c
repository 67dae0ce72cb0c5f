// SPDX-License-Identifier: Apache-2.0
// The difference of two versions of a text, line by line: hashes of lines, a table of longest common subsequences, a walk back.
#include "../kernels/kernel.h"

KERNEL("diff", 0x999b85fba3783c45u, 1);

enum { LINES = 160, LONGEST = 48 };

static char before[LINES][LONGEST], after[LINES][LONGEST];
static uint32_t hashes[2][LINES];
static uint16_t common[LINES + 1][LINES + 1];

void kernel_prepare(void) {
    uint64_t state = 1618033988u;
    for (int i = 0; i < LINES; i++) {
        uint64_t r = next_random(&state);
        int length = 20 + (int)(r % 27);
        for (int k = 0; k < length; k++) {
            before[i][k] = (char)('a' + (r >> (k & 31) & 15));
        }
        // Some lines change, some come a few lines later.
        const char *from = i > 6 && (r >> 40 & 7) == 0 ? before[i - 5] : before[i];
        for (int k = 0; k < LONGEST; k++) {
            after[i][k] = from[k];
        }
        if ((r >> 44 & 7) == 1) {
            after[i][3] = 'Z';
        }
    }
}

static uint32_t hash(const char *line) {
    uint32_t sum = 5381;
    while (*line != 0) {
        sum = sum * 33 ^ (uint8_t)*line++;
    }
    return sum;
}

static int same(int i, int j) {
    if (hashes[0][i] != hashes[1][j]) {
        return 0;
    }
    const char *a = before[i], *b = after[j];
    while (*a == *b && *a != 0) {
        a++;
        b++;
    }
    return *a == *b;
}

uint64_t kernel(void) {
    for (int i = 0; i < LINES; i++) {
        hashes[0][i] = hash(before[i]);
        hashes[1][i] = hash(after[i]);
    }
    for (int i = LINES - 1; i >= 0; i--) {
        for (int j = LINES - 1; j >= 0; j--) {
            uint16_t down = common[i + 1][j], right = common[i][j + 1];
            common[i][j] = same(i, j) ? (uint16_t)(common[i + 1][j + 1] + 1) : down > right ? down : right;
        }
    }
    uint64_t sum = common[0][0];
    for (int i = 0, j = 0; i < LINES && j < LINES;) {
        if (same(i, j)) {
            i++;
            j++;
        } else if (common[i + 1][j] >= common[i][j + 1]) {
            sum = mix(sum, (uint64_t)i++ << 1);
        } else {
            sum = mix(sum, (uint64_t)j++ << 1 | 1);
        }
    }
    return sum;
}
