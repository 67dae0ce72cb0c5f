// SPDX-License-Identifier: Apache-2.0
// Joins a relation with one that refers to it, through one hash table without partitions (Blanas and others, SIGMOD
// 2011): a table of the footprint, from `build` rows, then `probes` rows, each with one partner.
#include "field.h"

struct parameter parameters[] = {{"footprint", 64}, {"build", 200000}, {"probes", 800000}, {}};

struct row { u64 key, payload; };

static struct row *table;
static u64 mask;

static inline u64 slot_of(u64 key) { return key * 0x9e3779b97f4a7c15 >> 20 & mask; }

static void build(const struct row *rows, u64 count)
{
    for (u64 i = 0; i < count; i++) {
        u64 at = slot_of(rows[i].key);
        while (table[at].key)
            at = (at + 1) & mask;
        table[at] = rows[i];
    }
}

u64 workload(void)
{
    u64 rows = value(1), probes = value(2), state = 362436069, sum = 0;
    mask = footprint() / sizeof *table - 1;
    if (!rows || rows > (mask + 1) / 2)
        fail("build must be from 1 to a half of the table's slots of 16 bytes");
    table = array_new((mask + 1) * sizeof *table);
    struct row *inner = array_new(rows * sizeof *inner), *outer = array_new(probes * sizeof *outer + 1);
    for (u64 i = 0; i < rows; i++)
        inner[i] = (struct row){i + 1, scramble(i)};
    for (u64 i = 0; i < probes; i++)
        outer[i] = (struct row){next_random(&state) % rows + 1, i};
    build(inner, rows);
    for (u64 i = 0; i < rows; i++)  // empty again, but for the pages
        for (u64 at = slot_of(inner[i].key); table[at].key; at = (at + 1) & mask)
            table[at] = (struct row){0, 0};
    measure_begin();
    build(inner, rows);
    for (u64 i = 0; i < probes; i++) {
        u64 at = slot_of(outer[i].key);
        while (table[at].key != outer[i].key)
            at = (at + 1) & mask;
        sum += table[at].payload ^ outer[i].payload;
    }
    measure_end();
    return mix(sum, probes);
}
