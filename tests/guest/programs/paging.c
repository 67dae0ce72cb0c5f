// SPDX-License-Identifier: Apache-2.0
// Sv39 page-table walks: permissions, SUM, MXR, MPRV, superpages, malformed entries, and stale translations.
// Every leaf has A and D set, so that it does not matter who sets them; adbits.c looks at that.
#include "test.h"

#define VA(page, offset) (WINDOW + (page) * 4096ul + (offset))

static void put_page(unsigned index, uint64_t frame, uint64_t flags) {
    map_window(index, PTE_OF(page((unsigned)frame)) | flags | PTE_A | PTE_D);
}

static uint64_t load(uint64_t address) {
    return probe_load(address);
}

static uint64_t store(uint64_t address) {
    probe_store(address, 0x5555);
    return 0;
}

static uint64_t fetch(uint64_t address) {
    probe_fetch(address);
    return 0;
}

// A load or store by machine mode under MPRV; no other memory access while it is on.
static uint64_t load_as(uint64_t mpp, uint64_t address) {
    uint64_t value = 0;
    __asm__ volatile("csrc mstatus, %3\n\tcsrs mstatus, %2\n\tcsrs mstatus, %4\n\tld %0, 0(%1)\n\tcsrc mstatus, %4"
                     : "+&r"(value) : "r"(address), "r"(mpp), "r"(MPP_M), "r"(MSTATUS_MPRV) : "memory");
    return value;
}

static void permissions(void) {
    static const struct {
        const char *name;
        uint64_t flags;
        bool load, store, fetch;
    } rows[] = {
        {"r--", PTE_V | PTE_R, true, false, false},
        {"rw-", PTE_V | PTE_R | PTE_W, true, true, false},
        {"--x", PTE_V | PTE_X, false, false, true},
        {"r-x", PTE_V | PTE_R | PTE_X, true, false, true},
        {"rwx", PTE_V | PTE_R | PTE_W | PTE_X, true, true, true},
        {"-w- (reserved)", PTE_V | PTE_W, false, false, false},
        {"-wx (reserved)", PTE_V | PTE_W | PTE_X, false, false, false},
        {"invalid rwx", PTE_R | PTE_W | PTE_X, false, false, false},
    };
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        put_page(i, i, rows[i].flags);
        *(uint32_t *)page(i) = 0x00008067; // ret
    }
    sfence();
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        print("# ");
        print(rows[i].name);
        print("\n");
        clear_trap();
        IN_S(load, VA(i, 8));
        rows[i].load ? check_no_trap("load") : check_trap("load faults", LOAD_PAGE, VA(i, 8));
        IN_S(store, VA(i, 16));
        rows[i].store ? check_no_trap("store") : check_trap("store faults", STORE_PAGE, VA(i, 16));
        IN_S(fetch, VA(i, 0));
        rows[i].fetch ? check_no_trap("fetch") : check_trap("fetch faults", FETCH_PAGE, VA(i, 0));
    }
}

static void user_pages(void) {
    put_page(0, 0, PTE_V | PTE_R | PTE_W | PTE_X | PTE_U);
    put_page(1, 1, PTE_V | PTE_R | PTE_W | PTE_X);
    put_page(2, 2, PTE_V | PTE_X);
    sfence();
    clear_trap();
    IN_U(load, VA(0, 8));
    IN_U(store, VA(0, 8));
    check_no_trap("U uses U pages");
    IN_U(load, VA(1, 8));
    check_trap("U may not load S pages", LOAD_PAGE, VA(1, 8));
    IN_U(store, VA(1, 8));
    check_trap("U may not store to S pages", STORE_PAGE, VA(1, 8));
    clear_csr(mstatus, MSTATUS_SUM);
    IN_S(load, VA(0, 8));
    check_trap("S may not load U pages without SUM", LOAD_PAGE, VA(0, 8));
    IN_S(store, VA(0, 8));
    check_trap("S may not store to U pages without SUM", STORE_PAGE, VA(0, 8));
    set_csr(mstatus, MSTATUS_SUM);
    check("S loads U pages with SUM", IN_S(load, VA(0, 8)), 0x5555);
    IN_S(store, VA(0, 24));
    check_no_trap("S stores to U pages with SUM");
    IN_S(fetch, VA(0, 0));
    check_trap("S never runs U pages", FETCH_PAGE, VA(0, 0));
    clear_csr(mstatus, MSTATUS_SUM);
    IN_S(load, VA(2, 8));
    check_trap("execute-only does not load", LOAD_PAGE, VA(2, 8));
    set_csr(mstatus, MSTATUS_MXR);
    IN_S(load, VA(2, 8));
    check_no_trap("with MXR it does");
    IN_S(store, VA(2, 8));
    check_trap("MXR does not let it store", STORE_PAGE, VA(2, 8));
    clear_csr(mstatus, MSTATUS_MXR);
    IN_S(load, VA(2, 8));
    check_trap("without MXR it does not again", LOAD_PAGE, VA(2, 8));
}

static void mprv(void) {
    *(uint64_t *)page(0) = 0x1111;
    *(uint64_t *)page(1) = 0x2222;
    put_page(0, 0, PTE_V | PTE_R | PTE_U);
    put_page(1, 1, PTE_V | PTE_R);
    sfence();
    clear_trap();
    check("MPRV translates as S", load_as(MPP_S, VA(1, 0)), 0x2222);
    check("MPRV translates as U", load_as(MPP_U, VA(0, 0)), 0x1111);
    check_no_trap("without a trap");
    load_as(MPP_U, VA(1, 0));
    check_trap("as U it may not load S pages", LOAD_PAGE, VA(1, 0));
    load_as(MPP_S, VA(0, 0));
    check_trap("as S it may not load U pages", LOAD_PAGE, VA(0, 0));
    check("MPP = M: not translated", load_as(MPP_M, (uint64_t)page(1)), 0x2222);
    check_no_trap("without a trap");
    load_as(MPP_M, UNMAPPED);
    check_trap("physical fault under MPRV with MPP = M", LOAD_ACCESS, UNMAPPED);
}

static void superpages(void) {
    uint64_t base = (uint64_t)page(0) >> 21 << 21;
    window_directory[1] = PTE_OF(base) | PTE_RWX;
    window_directory[2] = PTE_OF(base + 4096) | PTE_RWX;
    window_directory[3] = PTE_OF(window_table) | PTE_V | PTE_U;
    window_directory[4] = PTE_OF(window_table) | PTE_V | PTE_A;
    window_directory[5] = PTE_OF(window_table) | PTE_V | PTE_D;
    window_directory[6] = PTE_OF(window_table) | PTE_V | 1ul << 54;
    window_directory[7] = PTE_OF(UNMAPPED) | PTE_V;
    window_table[9] = PTE_OF(window_table) | PTE_V;
    sfence();
    clear_trap();
    *(uint64_t *)page(3) = 0x3333;
    check("a 2 MiB page", IN_S(load, WINDOW + (1ul << 21) + ((uint64_t)page(3) - base)), 0x3333);
    check_no_trap("does not fault");
    static const char *const names[] = {
        "a misaligned superpage faults", "U in a pointer faults", "A in a pointer faults", "D in a pointer faults",
        "a reserved bit in a pointer faults"};
    for (uint64_t i = 2; i <= 6; i++) {
        IN_S(load, WINDOW + (i << 21));
        check_trap(names[i - 2], LOAD_PAGE, WINDOW + (i << 21));
    }
    IN_S(load, WINDOW + (7ul << 21));
    check_trap("a table where nothing is: access fault", LOAD_ACCESS, WINDOW + (7ul << 21));
    IN_S(store, WINDOW + (7ul << 21));
    check_trap("for a store a store access fault", STORE_ACCESS, WINDOW + (7ul << 21));
    IN_S(load, VA(9, 0));
    check_trap("a pointer in the last level faults", LOAD_PAGE, VA(9, 0));
    map_window(10, PTE_OF(page(1)) | PTE_V | PTE_R | PTE_A | PTE_D | 1ul << 57);
    sfence();
    IN_S(load, VA(10, 0));
    check_trap("a reserved bit in a leaf faults", LOAD_PAGE, VA(10, 0));
    map_window(11, PTE_OF(UNMAPPED) | PTE_RWX);
    sfence();
    IN_S(load, VA(11, 0));
    check_trap("a page where nothing is", LOAD_ACCESS, VA(11, 0));
    IN_S(load, 0x4000000000ul);
    check_trap("an address that is not canonical", LOAD_PAGE, 0x4000000000ul);
    IN_S(load, 0xffffffc000000000ul);
    check_trap("a canonical high address without a mapping", LOAD_PAGE, 0xffffffc000000000ul);
    root_table[511] = PTE_OF(0x80000000ul) | PTE_RWX;
    sfence();
    check("and with one", IN_S(load, 0xffffffffc0000000ul + ((uint64_t)page(3) & 0x3fffffff)), 0x3333);
    check_no_trap("does not fault");
    IN_S(load, 0x7fc0000000ul);
    check_trap("the same without sign extension", LOAD_PAGE, 0x7fc0000000ul);
}

static void changes(void) {
    *(uint64_t *)page(4) = 0x4444;
    *(uint64_t *)page(5) = 0x5555;
    put_page(20, 4, PTE_V | PTE_R | PTE_W);
    sfence();
    check("before a change", IN_S(load, VA(20, 0)), 0x4444);
    put_page(20, 5, PTE_V | PTE_R | PTE_W);
    __asm__ volatile("sfence.vma %0, zero" ::"r"(VA(20, 0)) : "memory");
    check("after sfence.vma of the page", IN_S(load, VA(20, 0)), 0x5555);
    put_page(20, 5, PTE_V | PTE_R);
    sfence();
    clear_trap();
    IN_S(store, VA(20, 0));
    check_trap("a revoked right is gone after the fence", STORE_PAGE, VA(20, 0));
    map_window(20, 0);
    sfence();
    IN_S(load, VA(20, 0));
    check_trap("and so is a page", LOAD_PAGE, VA(20, 0));
    put_page(20, 4, PTE_V | PTE_R);
    put_page(21, 4, PTE_V | PTE_R | PTE_W);
    sfence();
    IN_S(store, VA(21, 8));
    check("two addresses of one frame", IN_S(load, VA(20, 8)), 0x5555);

    static uint64_t other_root[512] __attribute__((aligned(4096)));
    static uint64_t other_directory[512] __attribute__((aligned(4096)));
    static uint64_t other_table[512] __attribute__((aligned(4096)));
    for (int i = 0; i < 512; i++) {
        other_root[i] = root_table[i];
    }
    other_root[4] = PTE_OF(other_directory) | PTE_V;
    other_directory[0] = PTE_OF(other_table) | PTE_V;
    other_table[20] = PTE_OF(page(5)) | PTE_RWX;
    uint64_t first = read_csr(satp) | 1ul << 44;
    uint64_t second = 8ul << 60 | 2ul << 44 | (uint64_t)other_root >> 12;
    sfence();
    uint64_t sum = 0;
    for (int i = 0; i < 100; i++) {
        write_csr(satp, first);
        sum += IN_S(load, VA(20, 0));
        write_csr(satp, second);
        sum += IN_S(load, VA(20, 0)) << 20;
    }
    check("two address spaces by ASID, 100 switches", sum, 100 * (0x4444ul + (0x5555ul << 20)));
}

static void wide_modes(void) {
    static uint64_t level4[512] __attribute__((aligned(4096)));
    static uint64_t level5[512] __attribute__((aligned(4096)));
    put_page(20, 4, PTE_V | PTE_R);
    level4[0] = PTE_OF(root_table) | PTE_V;
    level5[0] = PTE_OF(level4) | PTE_V;
    write_csr(satp, 9ul << 60 | (uint64_t)level4 >> 12);
    sfence();
    check("Sv48", IN_S(load, VA(20, 0)), 0x4444);
    IN_S(load, 1ul << 47);
    check_trap("Sv48: not canonical", LOAD_PAGE, 1ul << 47);
    write_csr(satp, 10ul << 60 | (uint64_t)level5 >> 12);
    sfence();
    check("Sv57", IN_S(load, VA(20, 0)), 0x4444);
    IN_S(load, 1ul << 56);
    check_trap("Sv57: not canonical", LOAD_PAGE, 1ul << 56);
    uint64_t before = read_csr(satp);
    write_csr(satp, 5ul << 60 | 1);
    check("a write of a mode that does not exist has no effect", read_csr(satp), before);
}

void test(void) {
    paging_on();
    permissions();
    user_pages();
    mprv();
    superpages();
    changes();
    wide_modes();
    paging_off();
}
