// SPDX-License-Identifier: Apache-2.0
// leaf SEED WORK: what `forkexec` runs. Touches heap, data and stack; the exit status is the result.
#include "lib.h"

static u64 table[64] = {1, 2, 3};

int main(int argc, char **argv)
{
    if (argc != 3)
        return 1;
    u64 seed = parse_number(argv[1]), work = parse_number(argv[2]), sum = 0;
    u64 *heap = allocate(2 * PAGE), stack[64];
    for (u64 i = 0; i < 64; i++)
        stack[i] = seed + i;
    for (u64 i = 0; i < work; i++) {
        table[i % 64] += stack[(i + seed) % 64];
        heap[i * 7 % (2 * WORDS)] ^= table[i % 64];
        sum = mix(sum, heap[i % WORDS]);
    }
    return sum & 0x7fffffff;
}
