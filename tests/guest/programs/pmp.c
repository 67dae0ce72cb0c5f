// SPDX-License-Identifier: Apache-2.0
// Physical memory protection: NA4, NAPOT, TOR, priority, lock, and its effect on walks and on machine mode.
#include "test.h"

#define R 1u
#define W 2u
#define X 4u
#define TOR 8u
#define NA4 16u
#define NAPOT 24u
#define L 128u

static uint64_t load(uint64_t address) {
    return probe_load(address);
}

static uint64_t load_word(uint64_t address) {
    uint64_t value = 0;
    __asm__ volatile("lw %0, 0(%1)" : "+r"(value) : "r"(address) : "memory");
    return value;
}

static uint64_t store(uint64_t address) {
    probe_store(address, 1);
    return 0;
}

static uint64_t fetch(uint64_t address) {
    probe_fetch(address);
    return 0;
}

static uint64_t napot(uint64_t base, uint64_t size) {
    return base >> 2 | (size / 8 - 1);
}

// Entries 0 to 3 as given, entry 7 allows the rest.
static void configure(uint64_t entries) {
    write_csr(pmpaddr7, ~0ul);
    write_csr(pmpcfg0, entries | (uint64_t)(NAPOT | R | W | X) << 56);
    sfence();
    clear_trap();
}

void test(void) {
    uint64_t at = (uint64_t)page(1);
    *(uint32_t *)at = 0x00008067;
    configure(0);

    write_csr(pmpaddr0, napot(at, 4096));
    configure(NAPOT | R);
    IN_S(load, at + 8);
    check_no_trap("NAPOT r--: load");
    IN_S(store, at + 8);
    check_trap("NAPOT r--: store faults", STORE_ACCESS, at + 8);
    IN_S(fetch, at);
    check_trap("NAPOT r--: fetch faults", FETCH_ACCESS, at);
    IN_S(store, at + 4096);
    IN_S(store, at - 8);
    check_no_trap("beside it nothing is forbidden");
    call_in(store, at + 8, MPP_U, 0);
    check_trap("U is checked too", STORE_ACCESS, at + 8);
    probe_store(at + 8, 1);
    check_no_trap("M is not, unlocked");
    configure(NAPOT | X);
    IN_S(fetch, at);
    check_no_trap("NAPOT --x: fetch");
    IN_S(load, at);
    check_trap("NAPOT --x: load faults", LOAD_ACCESS, at);
    configure(NAPOT | R | W);
    IN_S(load, at);
    IN_S(store, at + 8);
    check_no_trap("NAPOT rw-: load and store");

    write_csr(pmpaddr0, (at + 64) >> 2);
    configure(NA4);
    IN_S(load_word, at + 60);
    IN_S(load_word, at + 68);
    check_no_trap("NA4: its neighbours");
    IN_S(load_word, at + 64);
    check_trap("NA4: its four bytes", LOAD_ACCESS, at + 64);
    IN_S(load, at + 64);
    check("NA4: an access that contains it faults", trap.cause, LOAD_ACCESS);
    clear_trap();

    write_csr(pmpaddr0, at >> 2);
    write_csr(pmpaddr1, (at + 128) >> 2);
    configure((TOR | R) << 8);
    IN_S(store, at - 8);
    IN_S(store, at + 128);
    check_no_trap("TOR: outside");
    IN_S(store, at);
    check_trap("TOR: first", STORE_ACCESS, at);
    IN_S(store, at + 120);
    check_trap("TOR: last", STORE_ACCESS, at + 120);
    IN_S(load, at + 120);
    check_no_trap("TOR r--: load");
    write_csr(pmpaddr1, at >> 2);
    configure((TOR) << 8);
    IN_S(load, at);
    check_no_trap("TOR: an empty range matches nothing");

    write_csr(pmpaddr0, napot(at, 64));
    write_csr(pmpaddr1, napot(at, 4096));
    configure((NAPOT | R | W) | NAPOT << 8);
    IN_S(load, at + 8);
    check_no_trap("the lowest entry that matches decides");
    IN_S(load, at + 64);
    check_trap("behind it the next", LOAD_ACCESS, at + 64);

    // Code and stack may be used, nothing else matches: what has no entry is denied to S.
    extern char _start[];
    write_csr(pmpaddr0, napot((uint64_t)_start, 1ul << 20));
    write_csr(pmpcfg0, NAPOT | R | W | X);
    sfence();
    clear_trap();
    IN_S(load, (uint64_t)_start + (1ul << 20));
    check_trap("S: no entry matches", LOAD_ACCESS, (uint64_t)_start + (1ul << 20));
    probe_load((uint64_t)_start + (1ul << 20));
    check_no_trap("M: no entry matches");
    configure(0);

    paging_on();
    write_csr(pmpaddr0, napot((uint64_t)window_table, 4096));
    configure(NAPOT);
    map_window(0, PTE_OF(at) | PTE_RWX);
    sfence();
    IN_S(load, WINDOW);
    check_trap("a walk that may not read a table: load access fault", LOAD_ACCESS, WINDOW);
    IN_S(store, WINDOW);
    check_trap("for a store: store access fault", STORE_ACCESS, WINDOW);
    IN_S(fetch, WINDOW);
    check_trap("for a fetch: fetch access fault", FETCH_ACCESS, WINDOW);
    write_csr(pmpaddr0, napot(at, 4096));
    configure(NAPOT | R | X);
    IN_S(load, WINDOW);
    check_no_trap("translated: allowed");
    IN_S(store, WINDOW + 8);
    check_trap("translated: the value is the virtual address", STORE_ACCESS, WINDOW + 8);
    paging_off();

    configure(0);
    write_csr(pmpaddr2, 0x123456);
    check("pmpaddr keeps its value", read_csr(pmpaddr2), 0x123456);
    write_csr(pmpaddr2, ~0ul);
    check("pmpaddr has 54 bits", read_csr(pmpaddr2), ~0ul >> 10);
    write_csr(pmpaddr2, 0);
    configure((uint64_t)W << 16);
    check("w without r is not kept as such", (read_csr(pmpcfg0) >> 16 & 3) != W, 1);

    write_csr(pmpaddr8, napot(at + 2048, 64));
    write_csr(pmpcfg2, L | NAPOT | R);
    // Entry 7 allows everything and comes first, for M as for the others, unless it is turned off.
    configure(0);
    clear_trap();
    probe_store(at + 2048, 1);
    check_no_trap("an entry before the locked one matches first");
    write_csr(pmpcfg0, 0);
    probe_store(at + 2048, 1);
    check_trap("locked r--: M may not store", STORE_ACCESS, at + 2048);
    probe_load(at + 2048);
    check_no_trap("M may load");
    probe_store(at + 2048 + 64, 1);
    check_no_trap("M may store beside it");
    uint64_t before = read_csr(pmpaddr8);
    write_csr(pmpcfg2, 0);
    write_csr(pmpaddr8, 0);
    check("a locked configuration stays", read_csr(pmpcfg2) & 255, L | NAPOT | R);
    check("a locked address stays", read_csr(pmpaddr8), before);
}
