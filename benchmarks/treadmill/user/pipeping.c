// SPDX-License-Identifier: Apache-2.0
// A token goes round a ring of processes; each touches some pages of its own before it passes the token on.
#include "lib.h"

struct parameter parameters[] = {{"processes", 8}, {"rounds", 5000}, {"pages", 8}, {}};

static u64 pass(u64 token, u64 *memory, u64 pages)
{
    for (u64 i = 0; i < pages; i++)
        token = mix(token, memory[i * WORDS]++);
    return token;
}

u64 workload(void)
{
    u64 processes = value(0), rounds = value(1), pages = value(2), token = 1;
    int fds[65][2];
    if (processes < 2 || processes > 64)
        fail("need 2 to 64 processes");
    u64 *memory = pages_new(pages + 1);
    for (u64 i = 0; i < processes; i++)
        if (pipe(fds[i]))
            fail("no pipe");
    for (u64 k = 1; k < processes; k++) {
        int id = fork();
        if (id < 0)
            fail("fork failed");
        if (id)
            continue;
        for (u64 r = 0; r < rounds; r++) {
            read_all(fds[k - 1][0], &token, sizeof token);
            token = pass(token + k, memory, pages);
            write_all(fds[k][1], &token, sizeof token);
        }
        exit(0);
    }
    measure_begin();
    for (u64 r = 0; r < rounds; r++) {
        token = pass(token, memory, pages);
        write_all(fds[0][1], &token, sizeof token);
        read_all(fds[processes - 1][0], &token, sizeof token);
    }
    measure_end();
    while (wait(0) > 0)
        ;
    return token;
}
