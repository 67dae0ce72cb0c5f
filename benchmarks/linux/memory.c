// SPDX-License-Identifier: Apache-2.0
// Mappings and page faults.
#include "work.h"

static void power_of_two(uint64_t pages) {
    if (pages == 0 || (pages & (pages - 1)) != 0) {
        fail("pages is no power of two", 0);
    }
}

static uint64_t *word(char *memory, uint64_t page) {
    return (uint64_t *)(memory + page * PAGE + page % 64 * 8);
}

// Regions of 1, 2, 4 ... pages are mapped, touched and unmapped; Linux fences more than 64 pages at once.
uint64_t workload_mmap(const uint64_t *values) {
    uint64_t sum = 0;
    begin();
    for (uint64_t round = 0; round < values[1]; round++) {
        for (uint64_t pages = 1; pages <= values[0]; pages *= 2) {
            char *memory = map(pages, MAP_PRIVATE);
            for (uint64_t i = 0; i < pages; i++) {
                sum = mix(sum, *word(memory, i) + i); // must be 0
                *word(memory, i) = sum;
            }
            unmap(memory, pages);
        }
    }
    end();
    return sum;
}

// Write access is taken from single pages and from all, and given back, with writes in between.
uint64_t workload_mprotect(const uint64_t *values) {
    uint64_t pages = values[0], sum = 0;
    char *memory = map(pages, MAP_PRIVATE);
    for (uint64_t i = 0; i < pages; i++) {
        *word(memory, i) = i;
    }
    begin();
    for (uint64_t round = 0; round < values[1]; round++) {
        char *page = memory + round * 7 % pages * PAGE;
        must("mprotect", call3(SYS_MPROTECT, (long)page, PAGE, PROT_READ));
        sum = mix(sum, *word(memory, round * 7 % pages));
        must("mprotect", call3(SYS_MPROTECT, (long)page, PAGE, PROT_READ | PROT_WRITE));
        *word(memory, round * 7 % pages) = sum;
        if (round % 8 == 0) {
            must("mprotect", call3(SYS_MPROTECT, (long)memory, (long)(pages * PAGE), PROT_READ));
            for (uint64_t i = 0; i < pages; i += 4) {
                sum = mix(sum, *word(memory, i));
            }
            must("mprotect", call3(SYS_MPROTECT, (long)memory, (long)(pages * PAGE), PROT_READ | PROT_WRITE));
            for (uint64_t i = 0; i < pages; i += 4) {
                *word(memory, i) = sum + i;
            }
        }
    }
    end();
    return sum;
}

// A region moves to and fro between two places, with its pages and page tables but not their contents copied.
uint64_t workload_mremap(const uint64_t *values) {
    enum { MREMAP_FIXED = 2 };
    uint64_t pages = values[0], sum = 0;
    char *places = map(2 * pages, MAP_PRIVATE);
    unmap(places + pages * PAGE, pages);
    for (uint64_t i = 0; i < pages; i++) {
        *word(places, i) = i;
    }
    begin();
    for (uint64_t round = 0; round < values[1]; round++) {
        char *from = places + round % 2 * pages * PAGE;
        char *to = places + (round + 1) % 2 * pages * PAGE;
        must("mremap", call6(SYS_MREMAP, (long)from, (long)(pages * PAGE), (long)(pages * PAGE), MREMAP_MAYMOVE | MREMAP_FIXED,
                (long)to, 0));
        for (uint64_t i = 0; i < pages; i++) {
            sum = mix(sum, *word(to, i));
            *word(to, i) = sum;
        }
    }
    end();
    return sum;
}

// Pages of anonymous memory are touched for the first time in a scattered order, and dropped.
uint64_t workload_anonfault(const uint64_t *values) {
    uint64_t pages = values[0], sum = 0;
    power_of_two(pages);
    char *memory = map(pages, MAP_PRIVATE);
    begin();
    for (uint64_t round = 0; round < values[1]; round++) {
        for (uint64_t i = 0; i < pages; i++) {
            uint64_t *first = word(memory, scattered(i, pages));
            sum = mix(sum, *first + i); // must be 0
            *first = sum;
        }
        must("madvise", call3(SYS_MADVISE, (long)memory, (long)(pages * PAGE), MADV_DONTNEED));
    }
    end();
    return sum;
}

// A file in memory is mapped, read in a scattered order, every eighth page written, and unmapped.
uint64_t workload_filefault(const uint64_t *values) {
    uint64_t pages = values[0], sum = 0;
    power_of_two(pages);
    int file = (int)must("memfd_create", call3(SYS_MEMFD_CREATE, (long)"file", 0, 0));
    must("ftruncate", call3(SYS_FTRUNCATE, file, (long)(pages * PAGE), 0));
    long bytes = (long)(pages * PAGE);
    char *memory = (char *)must("mmap", call6(SYS_MMAP, 0, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0));
    for (uint64_t i = 0; i < pages; i++) {
        *word(memory, i) = i;
    }
    unmap(memory, pages);
    begin();
    for (uint64_t round = 0; round < values[1]; round++) {
        memory = (char *)must("mmap", call6(SYS_MMAP, 0, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0));
        for (uint64_t i = 0; i < pages; i++) {
            uint64_t *at = word(memory, scattered(i, pages));
            sum = mix(sum, *at);
            if (i % 8 == 0) {
                *at = sum;
            }
        }
        unmap(memory, pages);
    }
    end();
    return sum;
}

// Follows a random cycle through one word of each page: hardly anything but TLB misses.
uint64_t workload_chase(const uint64_t *values) {
    uint64_t pages = values[0], sum = 0, state = 88172645463325252u;
    char *memory = map(pages, MAP_PRIVATE);
    uint64_t *order = (uint64_t *)map((pages * 8 + PAGE - 1) / PAGE, MAP_PRIVATE);
    for (uint64_t i = 0; i < pages; i++) {
        order[i] = i;
    }
    for (uint64_t i = pages - 1; i > 0; i--) {
        uint64_t j = next_random(&state) % (i + 1), swapped = order[i];
        order[i] = order[j];
        order[j] = swapped;
    }
    for (uint64_t i = 0; i < pages; i++) {
        *word(memory, order[i]) = order[(i + 1) % pages];
    }
    begin();
    uint64_t at = order[0];
    for (uint64_t i = 0; i < values[1]; i++) {
        at = *word(memory, at);
        sum += at;
    }
    end();
    return mix(sum, at);
}
