// SPDX-License-Identifier: Apache-2.0
// One hart changes page tables while others read and write through them: after it has had them fence, nobody uses the old
// translation. Fences of everything, of an address and of an ASID take turns, as do 4 KiB pages and their directory.
#include "harts.h"

#define STEPS 160ul
#define FRAMES 16ul
#define PAGES 4ul

static uint64_t second_table[512] __attribute__((aligned(4096)));
static volatile uint64_t started, done, acknowledged, stale, torn, reads, stop;
static volatile uint64_t writes[MOST_HARTS];

// A load or store by machine mode in the supervisor's place; no other memory access while it is on.
static uint64_t load_mapped(uint64_t address) {
    uint64_t value = 0;
    __asm__ volatile("csrs mstatus, %2\n\tld %0, 0(%1)\n\tcsrc mstatus, %2"
                     : "+&r"(value) : "r"(address), "r"(MSTATUS_MPRV) : "memory");
    return value;
}

static void store_mapped(uint64_t address, uint64_t value) {
    __asm__ volatile("csrs mstatus, %2\n\tsd %1, 0(%0)\n\tcsrc mstatus, %2" ::"r"(address), "r"(value), "r"(MSTATUS_MPRV) : "memory");
}

static uint64_t asid_of(uint64_t hart) {
    return 1 + hart % 3;
}

static void use_tables(uint64_t hart) {
    clear_csr(mstatus, MPP_M);
    set_csr(mstatus, MPP_S);
    write_csr(satp, 8ul << 60 | asid_of(hart) << 44 | (uint64_t)root_table >> 12);
    sfence();
}

// The fence that a step asks for; all of them cover what it changed.
static void obey(uint64_t step, uint64_t hart) {
    uint64_t address = WINDOW + step % PAGES * 4096;
    switch (step % 4) {
    case 0:
        sfence();
        break;
    case 1:
        __asm__ volatile("sfence.vma %0, zero" ::"r"(address) : "memory");
        break;
    case 2:
        __asm__ volatile("sfence.vma zero, %0" ::"r"(asid_of(hart)) : "memory");
        break;
    default:
        __asm__ volatile("sfence.vma %0, %1" ::"r"(address), "r"(asid_of(hart)) : "memory");
        break;
    }
}

static void read_on(uint64_t hart) {
    use_tables(hart);
    while (!stop) {
        if (((volatile uint32_t *)CLINT)[hart]) {
            set_msip(hart, 0);
            obey(started, hart);
            add(&acknowledged, 1);
        }
        uint64_t page_index = (hart + reads) % PAGES;
        uint64_t least = done;
        fence();
        uint64_t value = load_mapped(WINDOW + page_index * 4096);
        fence();
        uint64_t most = started;
        // The page of a step is changed with it and not again before PAGES more.
        if (value + PAGES <= least) {
            stale++;
        }
        if (value > most || value % PAGES != page_index) {
            torn++;
        }
        store_mapped(WINDOW + page_index * 4096 + 8 + 8 * hart, value);
        if (writes[hart]++ % 8 == 0) {
            pause();
        }
        reads++;
    }
    write_csr(satp, 0);
    sfence();
}

static uint8_t *frame(uint64_t step) {
    return page((unsigned)(step % FRAMES));
}

static void fill(uint64_t step) {
    volatile uint64_t *at = (volatile uint64_t *)frame(step);
    at[0] = step;
    for (int i = 1; i <= MOST_HARTS; i++) {
        at[i] = ~0ul;
    }
}

void test(void) {
    paging_on();
    paging_off();
    started = done = PAGES - 1;
    for (uint64_t step = 0; step < PAGES; step++) {
        fill(step);
        map_window(step, PTE_OF(frame(step)) | PTE_RWX);
    }
    for (int i = 0; i < 512; i++) {
        second_table[i] = window_table[i];
    }
    on_others(read_on);
    uint64_t strays = 0;
    for (uint64_t step = PAGES; step < STEPS; step++) {
        uint64_t index = step % PAGES;
        uint8_t *old = frame(step - PAGES);
        fill(step);
        started = step;
        fence();
        map_window(index, PTE_OF(frame(step)) | PTE_RWX);
        second_table[index] = window_table[index];
        if (step % 8 == 4) {
            // The whole table takes another place.
            window_directory[0] = PTE_OF(window_directory[0] == (PTE_OF(window_table) | PTE_V) ? second_table : window_table) | PTE_V;
        }
        acknowledged = 0;
        for (uint64_t hart = 1; hart < hart_count; hart++) {
            set_msip(hart, 1);
        }
        while (acknowledged != hart_count - 1) {
            if (step & 1) {
                pause();
            }
        }
        fence();
        done = step;
        // Nobody writes to the old frame any more.
        for (int i = 1; i <= MOST_HARTS; i++) {
            ((volatile uint64_t *)old)[i] = ~0ul;
        }
        for (int wait = 0; wait < 20; wait++) {
            pause();
        }
        for (int i = 1; i <= MOST_HARTS; i++) {
            strays += ((volatile uint64_t *)old)[i] != ~0ul;
        }
    }
    stop = 1;
    join_others();
    check("no hart reads through a translation that was fenced", stale, 0);
    check("nor anything that was never there", torn, 0);
    check("nor writes through one", strays, 0);
    uint64_t idle = 0;
    for (uint64_t hart = 1; hart < hart_count; hart++) {
        idle += writes[hart] < STEPS;
    }
    check("every other hart was at work", idle, 0);
}
