// SPDX-License-Identifier: Apache-2.0
// Forks children that write to some of the pages they share with the parent, and exit.
#include "lib.h"

struct parameter parameters[] = {{"n", 400}, {"pages", 64}, {"writes", 8}, {}};

u64 workload(void)
{
    u64 n = value(0), pages = value(1), writes = value(2), checksum = 0;
    if (!pages)
        fail("pages must not be 0");
    u64 *memory = pages_new(pages);
    for (u64 i = 0; i < pages; i++)
        memory[i * WORDS] = i;
    measure_begin();
    for (u64 i = 0; i < n; i++) {
        int id = fork();
        if (id < 0)
            fail("fork failed");
        if (!id) {
            u64 sum = 0;
            for (u64 j = 0; j < writes; j++) {
                u64 *word = &memory[(i * 7 + j * 5) % pages * WORDS];
                *word += i + j;
                sum = mix(sum, *word);
            }
            exit(sum & 0x7fffffff);
        }
        memory[i % pages * WORDS] += i;
        int status;
        wait(&status);
        checksum = mix(checksum, status);
    }
    measure_end();
    for (u64 i = 0; i < pages; i++)
        checksum = mix(checksum, memory[i * WORDS]);
    return checksum;
}
