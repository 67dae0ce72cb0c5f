// SPDX-License-Identifier: Apache-2.0
// A supervisor that ruins its own page tables: tables outside RAM, in devices, that lead to themselves, of noise. Whatever
// it does, faults are its own and as the privileged specification says; machine mode, untranslated, mends the tables.
#include "test.h"

#define VA(page, offset) (WINDOW + (page) * 4096ul + (offset))
#define BEYOND_RAM 0x4000000000ul
#define HIGHEST_PPN ((1ul << 44) - 1)
#define DIRECTORY_SLOT 8 // a 2 MiB slot of the window's gigabyte that nothing else uses
#define NOISY_STEPS 900 // fewer than traps that the runtime takes for endless
#define NOISY_ROUNDS 6

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

static void all_fault(const char *name, uint64_t address, uint64_t load_cause, uint64_t store_cause, uint64_t fetch_cause) {
    print("# ");
    print(name);
    print("\n");
    sfence();
    clear_trap();
    IN_S(load, address);
    check_trap("load", load_cause, address);
    IN_S(store, address);
    check_trap("store", store_cause, address);
    IN_S(fetch, address);
    check_trap("fetch", fetch_cause, address);
}

static void access_faults(const char *name, uint64_t address) {
    all_fault(name, address, LOAD_ACCESS, STORE_ACCESS, FETCH_ACCESS);
}

static void page_faults(const char *name, uint64_t address) {
    all_fault(name, address, LOAD_PAGE, STORE_PAGE, FETCH_PAGE);
}

static const uint64_t nowhere[] = {UNMAPPED, UART, CLINT, PLIC, FINISHER, BEYOND_RAM, HIGHEST_PPN << 12};
static const char *const nowhere_names[] = {
    "no memory", "UART", "CLINT", "PLIC", "finisher", "beyond RAM", "highest page number"};

static void tables_outside_ram(void) {
    uint64_t va = WINDOW + (DIRECTORY_SLOT << 21) + 0x3000;
    for (unsigned i = 0; i < sizeof nowhere / sizeof nowhere[0]; i++) {
        window_directory[DIRECTORY_SLOT] = PTE_OF(nowhere[i]) | PTE_V;
        access_faults(nowhere_names[i], va);
    }
    window_directory[DIRECTORY_SLOT] = 0;
    for (unsigned i = 0; i < sizeof nowhere / sizeof nowhere[0]; i++) {
        uint64_t slot = root_table[(WINDOW >> 30) + 1];
        root_table[(WINDOW >> 30) + 1] = PTE_OF(nowhere[i]) | PTE_V;
        access_faults("its directory likewise", WINDOW + (1ul << 30));
        root_table[(WINDOW >> 30) + 1] = slot;
    }
    sfence();
}

static void pages_outside_ram(void) {
    print("# leaves\n");
    map_window(1, PTE_OF(UNMAPPED) | PTE_RWX);
    map_window(2, PTE_OF(BEYOND_RAM) | PTE_RWX);
    map_window(3, PTE_OF(HIGHEST_PPN << 12) | PTE_RWX);
    access_faults("no memory", VA(1, 8));
    access_faults("beyond RAM", VA(2, 8));
    access_faults("highest page number", VA(3, 8));
    map_window(1, 0);
    map_window(2, 0);
    map_window(3, 0);
    sfence();
}

// The root itself outside RAM: whoever gets there cannot fetch its first instruction.
static void roots_outside_ram(void) {
    uint64_t satp = read_csr(satp);
    for (unsigned i = 0; i < sizeof nowhere / sizeof nowhere[0]; i++) {
        print("# root: ");
        print(nowhere_names[i]);
        print("\n");
        write_csr(satp, 8ul << 60 | nowhere[i] >> 12);
        sfence();
        clear_trap();
        uint64_t value = 0;
        // Loads by machine mode as the supervisor: fetches stay untranslated.
        __asm__ volatile("csrc mstatus, %3\n\tcsrs mstatus, %2\n\tcsrs mstatus, %4\n\tld %0, 0(%1)\n\tcsrc mstatus, %4"
                         : "+&r"(value) : "r"(VA(0, 8)), "r"(MPP_S), "r"(MPP_M), "r"(MSTATUS_MPRV) : "memory");
        check_trap("load", LOAD_ACCESS, VA(0, 8));
    }
    write_csr(satp, satp);
    sfence();
}

// Every level leads to the same table: after three of them there is still no leaf.
static void tables_that_lead_to_themselves(void) {
    uint64_t *loop = (uint64_t *)page(4);
    for (unsigned i = 0; i < 512; i++) {
        loop[i] = PTE_OF(loop) | PTE_V;
    }
    uint64_t slot = root_table[(WINDOW >> 30) + 1];
    root_table[(WINDOW >> 30) + 1] = PTE_OF(loop) | PTE_V;
    page_faults("a directory that is its own table", WINDOW + (1ul << 30) + 0x123456000);
    root_table[(WINDOW >> 30) + 1] = PTE_OF(root_table) | PTE_V;
    // The root as directory, its slots for RAM and the devices read as 2 MiB pages, the loop's as tables.
    root_table[(WINDOW >> 30) + 2] = PTE_OF(loop) | PTE_V;
    page_faults("a root below itself", WINDOW + (1ul << 30) + (((WINDOW >> 30) + 2) << 21));
    root_table[(WINDOW >> 30) + 2] = 0;
    root_table[(WINDOW >> 30) + 1] = slot;
    sfence();
}

static uint64_t noise_state = 88172645463325252ul;

static uint64_t noise(void) {
    noise_state ^= noise_state << 13;
    noise_state ^= noise_state >> 7;
    return noise_state ^= noise_state << 17;
}

// Stores noise through the supervisor's own mapping of its table, and goes on using it. A mapping that succeeds lies in
// page(0) to page(7) or where nothing is.
static uint64_t scribble(uint64_t unused) {
    uint64_t outcome = unused;
    for (unsigned i = 0; i < NOISY_STEPS; i++) {
        uint64_t bits = noise();
        uint64_t frame = bits & 7ul << 40 ? (uint64_t)page(bits >> 43 & 7) : bits & 1ul << 43 ? UNMAPPED : BEYOND_RAM;
        uint64_t pte = PTE_OF(frame) | (bits & 0x3ff & ~PTE_U) | PTE_A | PTE_D;
        if (bits & 1ul << 50) {
            pte |= bits & 7ul << 54; // reserved bits
        }
        unsigned index = 16 + (bits >> 20 & 7);
        window_table[index] = pte;
        if (bits & 1ul << 51) {
            __asm__ volatile("sfence.vma %0, zero" ::"r"(VA(index, 0)) : "memory");
        } else {
            sfence();
        }
        uint64_t before = trap.count;
        uint64_t address = VA(index, (bits >> 24 & 511) * 8);
        if (bits & 1ul << 52) {
            outcome += probe_load(address);
        } else {
            probe_store(address, bits);
        }
        outcome = outcome * 31 + (trap.count != before ? trap.cause : 0);
    }
    return outcome;
}

static void noise_for_tables(void) {
    for (unsigned i = 0; i < 8; i++) {
        for (unsigned j = 0; j < 512; j++) {
            ((uint64_t *)page(i))[j] = 0;
        }
    }
    for (unsigned round = 0; round < NOISY_ROUNDS; round++) {
        clear_trap();
        uint64_t outcome = IN_S(scribble, 0);
        print("# noise: outcome ");
        print_hex(outcome);
        print(", faults ");
        print_number(trap.count);
        print("\n");
        check("some of it faults, some does not", trap.count > NOISY_STEPS / 4 && trap.count < NOISY_STEPS, true);
    }
    for (unsigned i = 16; i < 24; i++) {
        map_window(i, 0);
    }
    sfence();
    clear_trap();
}

void test(void) {
    paging_on();
    tables_outside_ram();
    pages_outside_ram();
    roots_outside_ram();
    tables_that_lead_to_themselves();
    noise_for_tables();
    paging_off();
}
