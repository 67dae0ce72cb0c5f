// SPDX-License-Identifier: Apache-2.0
// A chase with a known stack distance: rounds over `distance` pages of a random order, each round without the first
// page of the one before and with a new one at its end. So a round reads one page for the first time in long, and
// comes back to each of the others after distance - 2 different ones: a TLB of that many entries and one more hits.
#include "field.h"

struct parameter parameters[] = {{"footprint", 64}, {"distance", 512}, {"steps", 2000000}, {}};

static u8 *memory;
static u64 mask;

// The word of the page that comes i-th: a sequence through all of them (Hull and Dobell), in which no page's line is
// that of its neighbours.
static inline u64 *word_of(u64 page)
{
    return (u64 *)(memory + page * PAGE + page * 37 % 64 * 64);
}
static inline u64 next_page(u64 page) { return (page * 1664525 + 1013904223) & mask; }

TWICE u64 chase(u64 distance, u64 steps, int prepare)
{
    u64 *first = word_of(0), sum = 0;
    for (u64 left = steps; left; ) {
        u64 *at = first;
        for (u64 i = 0; i < distance && left; i++, left--) {
            if (prepare)
                *at = (u64)word_of(next_page(((u8 *)at - memory) / PAGE));
            at = (u64 *)*at;
            sum += (u64)at;
        }
        first = (u64 *)*first;
    }
    return mix(sum - steps * (u64)memory, (u8 *)first - memory);
}

u64 workload(void)
{
    u64 size = footprint(), distance = value(1);
    memory = array_new(size);
    mask = size / PAGE - 1;
    if (!distance || distance > mask)
        fail("distance must be from 1 to the footprint's pages less one");
    chase(distance, value(2), 1);
    measure_begin();
    u64 checksum = chase(distance, value(2), 0);
    measure_end();
    return checksum;
}
