// SPDX-License-Identifier: Apache-2.0
// PageRank by pulling: the vertices in turn, each the sum of what those that link to it give, seen at once by the next.
// A vertex gives each link a sixteenth. Numbers have 32 bits behind the point.
#include "field.h"

struct parameter parameters[] = {{"footprint", 64}, {"edges", 2000000}, {}};

#define ONE (1UL << 32)
#define DAMPING 3650722201  // 0.85

static u32 *links;  // from where each vertex is linked; the footprint
static u64 *given;  // by a vertex to each of its links

// As at the start: from 1/32 to 3/64.
static u64 at_first(u64 vertex) { return ONE / DEGREE / 2 + (scramble(vertex) >> 38); }

TWICE u64 rank(u64 edges, u64 mask, int prepare)
{
    u64 checksum = 0;
    for (u64 vertex = 0; edges >= DEGREE; edges -= DEGREE, vertex = (vertex + 1) & mask) {
        u32 *own = links + vertex * DEGREE;
        u64 sum = 0;
        for (u64 k = 0; k < DEGREE; k++) {
            if (prepare) {
                own[k] = link_of(vertex, k, mask);
                given[own[k]] = at_first(own[k]);
            }
            sum += given[own[k]];
        }
        u64 value = ONE - DAMPING + (sum >> 16) * (DAMPING >> 16);
        given[vertex] = prepare ? at_first(vertex) : value / DEGREE;
        checksum += value;
    }
    return mix(checksum, given[0]);
}

u64 workload(void)
{
    u64 size = footprint(), vertices = size / (DEGREE * sizeof *links);
    links = array_new(size);
    given = array_new(vertices * sizeof *given);
    rank(value(1), vertices - 1, 1);
    measure_begin();
    u64 checksum = rank(value(1), vertices - 1, 0);
    measure_end();
    return checksum;
}
