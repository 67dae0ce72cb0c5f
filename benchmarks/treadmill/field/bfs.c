// SPDX-License-Identifier: Apache-2.0
// Breadth-first search of a graph with few vertices of many edges, as Graph500's; from another root when it ends.
#include "field.h"

struct parameter parameters[] = {{"footprint", 64}, {"edges", 2000000}, {}};

static u32 *links;    // of each vertex; the footprint
static u32 *visited;  // number of the search that came to the vertex
static u32 *queue;

TWICE u64 search(u64 edges, u64 mask, u32 *number, int prepare)
{
    u64 state = 521288629, head = 0, tail = 0, checksum = 0;
    ++*number;
    while (edges) {
        if (head == tail) {
            u64 root = next_random(&state) >> 20 & mask;
            if (visited[root] == *number)
                ++*number;  // few are left: all over
            visited[root] = *number;
            head = tail = 0;
            queue[tail++] = root;
        }
        u64 vertex = queue[head++];
        u32 *own = links + vertex * DEGREE;
        for (u64 k = 0; k < DEGREE && edges; k++, edges--) {
            if (prepare)
                own[k] = link_of(vertex, k, mask);
            u64 next = own[k];
            if (visited[next] != *number) {
                visited[next] = *number;
                queue[tail++] = next;
            }
        }
        checksum += vertex ^ tail;
    }
    return mix(checksum, head);
}

u64 workload(void)
{
    u64 size = footprint(), vertices = size / (DEGREE * sizeof *links);
    u32 number = 0;
    links = array_new(size);
    visited = array_new(vertices * sizeof *visited);
    queue = array_new(vertices * sizeof *queue);
    search(value(1), vertices - 1, &number, 1);
    measure_begin();
    u64 checksum = search(value(1), vertices - 1, &number, 0);
    measure_end();
    return checksum;
}
