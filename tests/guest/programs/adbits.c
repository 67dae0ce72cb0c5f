// SPDX-License-Identifier: Apache-2.0
// Accessed and dirty bits: page faults under Svade, updates by hardware under Svadu (menvcfg.ADUE).
#include "test.h"

#define ADUE (1ul << 61)
#define VA(page) (WINDOW + (page) * 4096ul)

static uint64_t load(uint64_t address) {
    return probe_load(address);
}

static uint64_t store(uint64_t address) {
    probe_store(address, 1);
    return 0;
}

static uint64_t fetch(uint64_t address) {
    probe_fetch(address);
    return 0;
}

static uint64_t amo(uint64_t address) {
    __asm__ volatile("amoor.d zero, zero, (%0)" ::"r"(address) : "memory");
    return 0;
}

static void set(uint64_t bits) {
    for (unsigned i = 0; i < 6; i++) {
        *(uint32_t *)page(i) = 0x00008067; // ret
        map_window(i, PTE_OF(page(i)) | PTE_V | PTE_R | PTE_W | PTE_X | bits);
    }
    sfence();
    clear_trap();
}

static uint64_t bits(unsigned index) {
    return window_table[index] & (PTE_A | PTE_D);
}

void test(void) {
    paging_on();

    clear_csr(0x30a, ADUE);
    print("# Svade\n");
    set(0);
    IN_S(load, VA(0));
    check_trap("load with A clear", LOAD_PAGE, VA(0));
    IN_S(store, VA(1));
    check_trap("store with A and D clear", STORE_PAGE, VA(1));
    IN_S(fetch, VA(2));
    check_trap("fetch with A clear", FETCH_PAGE, VA(2));
    IN_S(amo, VA(3));
    check_trap("amo with A and D clear", STORE_PAGE, VA(3));
    check("no bit was set", bits(0) | bits(1) | bits(2) | bits(3), 0);
    set(PTE_A);
    IN_S(load, VA(0));
    IN_S(fetch, VA(0));
    check_no_trap("load and fetch with A set");
    IN_S(store, VA(1));
    check_trap("store with D clear", STORE_PAGE, VA(1));
    IN_S(load, VA(1));
    IN_S(store, VA(1));
    check_trap("store with D clear after a load", STORE_PAGE, VA(1));
    check("D was not set", bits(1), PTE_A);
    set(PTE_A | PTE_D);
    IN_S(store, VA(1));
    IN_S(amo, VA(1));
    check_no_trap("store and amo with both set");

    set_csr(0x30a, ADUE);
    check("menvcfg.ADUE can be set", read_csr(0x30a) & ADUE, ADUE);
    print("# Svadu\n");
    set(0);
    IN_S(load, VA(0));
    check("load sets A only", bits(0), PTE_A);
    IN_S(store, VA(1));
    check("store sets both", bits(1), PTE_A | PTE_D);
    IN_S(fetch, VA(2));
    check("fetch sets A only", bits(2), PTE_A);
    IN_S(amo, VA(3));
    check("amo sets both", bits(3), PTE_A | PTE_D);
    IN_S(store, VA(0));
    check("store after a load sets D", bits(0), PTE_A | PTE_D);
    check("other pages are untouched", bits(4) | bits(5), 0);
    check_no_trap("none faults");
    map_window(4, PTE_OF(page(4)) | PTE_V | PTE_R);
    sfence();
    IN_S(store, VA(4));
    check_trap("a store that may not, faults", STORE_PAGE, VA(4));
    check("and sets nothing", bits(4), 0);
    window_table[0] &= ~PTE_D;
    sfence();
    IN_S(store, VA(0));
    check("D cleared and fenced is set again", bits(0), PTE_A | PTE_D);
    clear_csr(0x30a, ADUE);
    paging_off();
}
