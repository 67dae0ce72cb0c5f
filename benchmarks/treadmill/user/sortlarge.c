// SPDX-License-Identifier: Apache-2.0
// Merge sort of n random numbers between two arrays, with fewer pages than the arrays need unless limit is 0.
#include "lib.h"

struct parameter parameters[] = {{"n", 100000}, {"limit", 300}, {}};

u64 workload(void)
{
    u64 n = value(0), state = 88172645463325252, checksum = 0;
    if (n < 2)
        fail("n must be at least 2");
    limit_pages(value(1));
    u64 bytes = (n * sizeof(u64) + PAGE - 1) / PAGE;
    u64 *from = pages_new(bytes), *to = pages_new(bytes);
    for (u64 i = 0; i < n; i++)
        from[i] = next_random(&state);
    measure_begin();
    for (u64 width = 1; width < n; width *= 2) {
        for (u64 start = 0; start < n; start += 2 * width) {
            u64 middle = start + width < n ? start + width : n;
            u64 end = middle + width < n ? middle + width : n;
            u64 i = start, j = middle, k = start;
            while (i < middle && j < end)
                to[k++] = from[i] <= from[j] ? from[i++] : from[j++];
            while (i < middle)
                to[k++] = from[i++];
            while (j < end)
                to[k++] = from[j++];
        }
        u64 *swap = from;
        from = to;
        to = swap;
    }
    measure_end();
    for (u64 i = 0; i < n; i++) {
        if (i && from[i - 1] > from[i])
            fail("not sorted");
        checksum = mix(checksum, from[i]);
    }
    return checksum;
}
