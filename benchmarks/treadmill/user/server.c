// SPDX-License-Identifier: Apache-2.0
// Clients ask a server that keeps some mappings for each of them: to write a page and sum what is there, to map a
// region anew, or to make one read-only and writable again. What a client gets depends on its own requests only.
#include "lib.h"

struct parameter parameters[] = {{"clients", 16}, {"requests", 600}, {"mappings", 12}, {}};

#define REGION 16  // pages of a mapping, with one unmapped page after it
enum { UPDATE, REMAP, PROTECT };
struct request { u32 client, kind, mapping, page; u64 value; };

static u64 client(u32 number, u64 requests, u64 mappings, int out, int in)
{
    u64 state = 1000003 * (number + 1), sum = 0;
    for (u64 i = 0; i < requests; i++) {
        u64 random = next_random(&state), reply;
        u32 kind = random % 16 == 0 ? REMAP : random % 16 == 1 ? PROTECT : UPDATE;
        struct request request = {number, kind, (random >> 8) % mappings, (random >> 32) % REGION, random};
        write_all(out, &request, sizeof request);
        read_all(in, &reply, sizeof reply);
        sum = mix(sum, reply);
    }
    return sum;
}

static u64 serve(const struct request *request, u64 *region)
{
    u64 sum = 0;
    switch (request->kind) {
    case REMAP:
        for (u64 i = 0; i < REGION; i++)
            sum = mix(sum, region[i * WORDS]);
        munmap(region, REGION * PAGE);
        if (mmap(region, REGION * PAGE, READ | WRITE, 0) != region)
            fail("cannot map there");
        break;
    case PROTECT:
        mprotect(region, REGION * PAGE, READ);
        for (u64 i = 0; i < REGION; i++)
            sum = mix(sum, region[i * WORDS]);
        mprotect(region, REGION * PAGE, READ | WRITE);
        break;
    default:
        region[request->page * WORDS] += request->value;
        for (u64 i = 0; i < 4; i++)
            sum = mix(sum, region[(request->page + i * 5) % REGION * WORDS]);
    }
    return sum;
}

u64 workload(void)
{
    u64 clients = value(0), requests = value(1), mappings = value(2), checksum = 0;
    int in[2], out[64][2];
    if (!clients || clients > 64 || !mappings || mappings > 256)
        fail("need 1 to 64 clients and 1 to 256 mappings");
    if (pipe(in))
        fail("no pipe");
    for (u64 c = 0; c < clients; c++)
        if (pipe(out[c]))
            fail("no pipe");
    for (u64 c = 0; c < clients; c++) {
        int id = fork();
        if (id < 0)
            fail("fork failed");
        if (!id)
            exit(client(c, requests, mappings, in[1], out[c][0]) & 0x7fffffff);
    }
    u64 **regions = allocate(clients * mappings * sizeof *regions);
    for (u64 i = 0; i < clients * mappings; i++) {
        regions[i] = (u64 *)(0x3000000000 + i * (REGION + 1) * PAGE);
        mmap(regions[i], REGION * PAGE, READ | WRITE, 0);
    }
    measure_begin();
    for (u64 i = 0; i < clients * requests; i++) {
        struct request request;
        read_all(in[0], &request, sizeof request);
        u64 reply = serve(&request, regions[request.client * mappings + request.mapping]);
        write_all(out[request.client][1], &reply, sizeof reply);
    }
    measure_end();
    for (int status; wait(&status) > 0; )
        checksum += mix(0, status);  // in any order
    return checksum;
}
