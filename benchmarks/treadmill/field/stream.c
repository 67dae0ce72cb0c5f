// SPDX-License-Identifier: Apache-2.0
// Two arrays, a half of the footprint each, in order: a[i] = 3 a[i] + b[i].
#include "field.h"

struct parameter parameters[] = {{"footprint", 64}, {"words", 2000000}, {}};

static void pass(u64 *a, const u64 *b, u64 words, u64 mask)
{
    for (u64 i = 0, at = 0; i < words; i++, at = (at + 1) & mask)
        a[at] = 3 * a[at] + b[at];
}

u64 workload(void)
{
    u64 size = footprint() / 2, mask = size / sizeof(u64) - 1, words = value(1), checksum = 0;
    u64 *a = array_new(size), *b = array_new(size);
    u64 used = words <= mask ? words : mask + 1;
    for (u64 i = 0; i < used; i++) {
        a[i] = 1;
        b[i] = i;
    }
    measure_begin();
    pass(a, b, words, mask);
    measure_end();
    for (u64 i = 0; i < used; i += 61)
        checksum = mix(checksum, a[i]);
    return checksum;
}
