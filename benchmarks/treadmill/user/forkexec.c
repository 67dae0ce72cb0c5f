// SPDX-License-Identifier: Apache-2.0
// Runs a small program, `leaf`, again and again.
#include "lib.h"

struct parameter parameters[] = {{"n", 300}, {"work", 500}, {}};

u64 workload(void)
{
    u64 checksum = 0;
    measure_begin();
    for (u64 i = 0; i < value(0); i++) {
        int id = fork();
        if (id < 0)
            fail("fork failed");
        if (!id) {
            char line[64];
            append_number(append(append_number(append(line, "leaf "), i), " "), value(1));
            exec(line);
            fail("exec failed");
        }
        int status;
        wait(&status);
        checksum = mix(checksum, status);
    }
    measure_end();
    return checksum;
}
