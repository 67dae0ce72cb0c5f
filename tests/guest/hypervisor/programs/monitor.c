// SPDX-License-Identifier: Apache-2.0
// A hypervisor with two guests: memory on demand and by two stages, an emulated device, calls, a timer, interrupts, what
// guests must not do, a log of pages they change.
#include "hypervisor.h"

#define ROUNDS 40
#define GUEST_TIMER 5
#define GUEST_SOFTWARE 1

static uint64_t guest_root[512] __attribute__((aligned(4096)));
static uint64_t guest_directory[512] __attribute__((aligned(4096)));
static uint64_t guest_pages[512] __attribute__((aligned(4096)));

// ---- guests

static void guest_begin(void) {
    write_csr(stvec, guest_trap);
    taken.count = 0;
}

// Fills as much memory as a guest has and adds it up, often enough to become hot.
static uint64_t fill(volatile uint64_t *memory, uint64_t seed) {
    uint64_t sum = 0;
    for (int round = 0; round < ROUNDS; round++) {
        for (uint64_t i = 0; i < ARENA_PAGES * 512; i += 7) {
            seed = seed * 6364136223846793005ul + 1442695040888963407ul;
            memory[i] = seed >> 20;
        }
        for (uint64_t i = 0; i < ARENA_PAGES * 512; i += 7) {
            sum += memory[i] ^ i;
        }
    }
    return sum;
}

static uint64_t fill_guest(uint64_t seed) {
    guest_begin();
    hypercall(PRINT, (uint64_t) "a guest prints\n");
    hypercall(END, fill((uint64_t *)ARENA, seed));
    return 0;
}

static uint64_t device_guest(uint64_t argument) {
    guest_begin();
    uint64_t last = 0;
    for (uint64_t i = 0; i < 8; i++) {
        __asm__ volatile(".option push\n\t.option norvc\n\tsd %1, 8(%2)\n\tld %0, 8(%2)\n\t.option pop"
                         : "=&r"(last) : "r"(i + argument), "r"(DEVICE) : "memory");
    }
    hypercall(END, last);
    return 0;
}

// Its own page tables: the program at VIRTUAL_ALIAS above, and four pages of the arena at 0, in another order.
static void guest_paging(void) {
    for (int i = 0; i < 512; i++) {
        guest_root[i] = 0;
        guest_directory[i] = 0;
        guest_pages[i] = 0;
    }
    guest_root[3] = PTE_OF(0xc0000000ul) | PTE_RWX;
    guest_root[4] = PTE_OF(0xc0000000ul) | PTE_RWX;
    guest_root[0] = PTE_OF(guest_directory) | PTE_V;
    guest_directory[0] = PTE_OF(guest_pages) | PTE_V;
    for (uint64_t i = 0; i < 4; i++) {
        guest_pages[i] = PTE_OF(ARENA + (3 - i) * 4096) | PTE_V | PTE_R | PTE_W | PTE_A | PTE_D;
    }
    guest_pages[1] &= ~PTE_W;
    write_csr(satp, 8ul << 60 | 7ul << 44 | (uint64_t)guest_root >> 12);
    sfence();
}

static __attribute__((noinline)) uint64_t virtual_part(uint64_t argument) {
    volatile uint64_t *memory;
    __asm__("li %0, 0" : "=r"(memory)); // which the compiler would not let be used
    uint64_t wrong = 0;
    for (int round = 0; round < 200; round++) {
        memory[0] = argument + (uint64_t)round;
        memory[3 * 512] = memory[0] * 3;
        wrong += memory[3 * 512] != (argument + (uint64_t)round) * 3;
    }
    uint64_t before = taken.count;
    memory[512] = 1; // not writable: the guest's own fault
    wrong += (taken.count != before + 1) * 1000 + (taken.cause != STORE_PAGE) * 10000 + (taken.tval != 4096) * 100000;
    memory[5 * 512]; // not mapped
    wrong += (taken.count != before + 2) * 1000 + (taken.cause != LOAD_PAGE) * 10000;
    // The entry changes, and a fence of the guest makes it certain.
    guest_pages[0] = PTE_OF(ARENA + 10 * 4096) | PTE_V | PTE_R | PTE_W | PTE_A | PTE_D;
    __asm__ volatile("sfence.vma x0, x0" ::: "memory");
    wrong += memory[0] != 0;
    memory[0] = 0x77;
    return wrong;
}

static uint64_t paging_guest(uint64_t argument) {
    guest_begin();
    guest_paging();
    uint64_t (*there)(uint64_t) = (uint64_t (*)(uint64_t))((uint64_t)virtual_part + VIRTUAL_ALIAS);
    uint64_t wrong = there(argument);
    hypercall(SWITCH, wrong);
    // The hypervisor has read and written through the guest's tables meanwhile.
    wrong += probe_load(0x10) != 0x5a5a;
    write_csr(satp, 0);
    sfence();
    hypercall(END, wrong);
    return 0;
}

static uint64_t timer_guest(uint64_t argument) {
    guest_begin();
    uint64_t start = read_csr(time);
    write_number(stimecmp, start + argument);
    set_csr(sie, 1ul << GUEST_TIMER);
    set_csr(sstatus, MSTATUS_SIE);
    while (taken.count == 0) {
    }
    clear_csr(sstatus, MSTATUS_SIE);
    uint64_t late = read_csr(time) - start >= argument;
    hypercall(END, late << 8 | (taken.cause == (INTERRUPT | GUEST_TIMER)));
    return 0;
}

static uint64_t injected_guest(uint64_t argument) {
    guest_begin();
    set_csr(sie, 1ul << GUEST_SOFTWARE);
    set_csr(sstatus, MSTATUS_SIE);
    hypercall(SWITCH, argument); // the interrupt comes with the return
    uint64_t right = taken.count == 1 && taken.cause == (INTERRUPT | GUEST_SOFTWARE);
    clear_csr(sip, 1ul << GUEST_SOFTWARE);
    hypercall(END, right);
    return 0;
}

static uint64_t forbidden_guest(uint64_t argument) {
    guest_begin();
    __asm__ volatile("wfi\n\tcsrr t0, 0x600\n\tcsrr t0, 0x280\n\t.insn r 0x73, 0, 0x31, x0, x0, x0\n\t"
                     ".insn r 0x73, 4, 0x36, t0, x0, x0\n\tsfence.vma\n\tcsrw satp, x0" ::: "t0", "memory");
    hypercall(SWITCH, argument);
    __asm__ volatile("sfence.vma\n\tcsrw satp, x0\n\t.4byte 0x30200073" ::: "memory"); // mret is illegal for all
    hypercall(END, taken.cause);
    return 0;
}

static uint64_t alternating_guest(uint64_t argument) {
    volatile uint64_t *memory = (uint64_t *)ARENA;
    guest_begin();
    uint64_t sum = 0;
    for (uint64_t i = 0; i < 50; i++) {
        memory[i * 8] = argument + i;
        hypercall(SWITCH, 0);
        sum += memory[i * 8];
    }
    hypercall(END, sum);
    return 0;
}

static uint64_t writing_guest(uint64_t argument) {
    volatile uint64_t *memory = (uint64_t *)ARENA;
    guest_begin();
    for (uint64_t page = 0; page < ARENA_PAGES; page++) {
        memory[page * 512] = argument;
    }
    hypercall(SWITCH, 0);
    uint64_t sum = 0;
    for (uint64_t page = 0; page < ARENA_PAGES; page++) {
        sum += memory[page * 512];
        if (page % 5 == 3) {
            memory[page * 512 + page] = 1;
        }
    }
    hypercall(END, sum);
    return 0;
}

// ---- their hypervisor

static uint64_t expected_sum(uint64_t seed) {
    static uint64_t memory[ARENA_PAGES * 512];
    return fill(memory, seed);
}

static void two_stages(struct guest *guest) {
    make_guest(guest, 3, paging_guest, 100);
    check("a guest's own page tables work", run_guest(guest), 0);
    check("what it mapped came on demand", guest->pages, 3);
    check("its own page faults were its own", guest->faults[LOAD_PAGE] + guest->faults[STORE_PAGE], 0);
    set_csr(hstatus, HSTATUS_SPVP);
    check("hlv goes through both stages", hlv_d(0), 0x77);
    check("the guest's page is where its tables say", *(uint64_t *)(*arena_entry(guest, 10) >> 10 << 12), 0x77);
    hsv_d(0x10, 0x5a5a);
    uint64_t value = hlv_d(4096 * 5);
    (void)value;
    check("hlv of what the guest does not map faults as the guest would", trap.cause, LOAD_PAGE);
    check("with hstatus.GVA", read_number(hstatus) >> 6 & 1, 1);
    clear_trap();
    check("and goes on", run_guest(guest), 0);
}

static uint64_t hypervise(uint64_t argument) {
    struct guest *guest = &guests[0];
    (void)argument;
    write_number(hedeleg, 1ul << ILLEGAL | 1ul << BREAKPOINT | 1ul << FETCH_PAGE | 1ul << LOAD_PAGE | 1ul << STORE_PAGE);
    write_number(hideleg, 0x444);
    write_number(hcounteren, 7);
    write_number(henvcfg, 1ul << 63);

    make_guest(guest, 1, fill_guest, 42);
    check("a guest's work gives what the host's does", run_guest(guest), expected_sum(42));
    check("each page of its memory came by one fault", guest->pages, ARENA_PAGES);
    check("by a store each", guest->faults[STORE_GUEST_PAGE], ARENA_PAGES);
    check("calls were counted", guest->faults[ECALL_VS], 2);

    make_guest(guest, 1, device_guest, 5);
    check("a device is emulated", run_guest(guest), 5 * 8 + 28);
    check("by loads", guest->faults[LOAD_GUEST_PAGE], 8);
    check("and stores", guest->faults[STORE_GUEST_PAGE], 8);

    two_stages(guest);

    make_guest(guest, 4, timer_guest, 2000);
    write_number(htimedelta, -1000000ul);
    check("a guest's timer interrupts it at its time", run_guest(guest), 0x101);
    check("without its hypervisor", guest->faults[ECALL_VS], 1);
    write_number(htimedelta, 0);
    write_number(vstimecmp, -1ul);

    make_guest(guest, 5, injected_guest, 0);
    run_guest(guest);
    write_number(hvip, 4);
    check("an injected interrupt is taken", run_guest(guest), 1);
    check("and cleared by the guest", read_number(hvip), 0);

    make_guest(guest, 6, forbidden_guest, 0);
    set_csr(hstatus, HSTATUS_VTW | HSTATUS_VTVM);
    run_guest(guest);
    check("what a guest must not do exits", guest->faults[VIRTUAL_INSTRUCTION], 7);
    clear_csr(hstatus, HSTATUS_VTW | HSTATUS_VTVM);
    check("what nobody may do is its own fault", run_guest(guest), ILLEGAL);
    check("and what it may again does not exit", guest->faults[VIRTUAL_INSTRUCTION], 7);

    make_guest(&guests[0], 7, alternating_guest, 1000);
    make_guest(&guests[1], 8, alternating_guest, 2000);
    uint64_t saved[2][4] = {{0}};
    for (int turn = 0; turn < 50; turn++) {
        for (int i = 0; i < 2; i++) {
            run_guest(&guests[i]);
            saved[i][0] += guests[i].faults[ECALL_VS];
        }
    }
    check("two guests keep apart: the first", run_guest(&guests[0]), 50 * 1000 + 1225);
    check("and the second", run_guest(&guests[1]), 50 * 2000 + 1225);
    check("in turns", saved[0][0] + saved[1][0], 2 * 1275);

    make_guest(guest, 9, writing_guest, 3);
    run_guest(guest);
    protect_arena(guest);
    check("a guest goes on under a log of its stores", run_guest(guest), 3 * ARENA_PAGES);
    uint64_t wrong = 0;
    for (uint64_t page = 0; page < ARENA_PAGES; page++) {
        wrong += guest->dirty[page] != (page % 5 == 3);
    }
    check("which has the pages that it stored to, and no others", wrong, 0);
    return 0;
}

void test(void) {
    write_csr(medeleg, ~(1ul << ECALL_S));
    write_csr(mideleg, ~0ul);
    write_csr(mcounteren, 7);
    write_number(menvcfg, 1ul << 63);
    write_number(stimecmp, ~0ul);
    write_csr(0x30c, ~0ul); // mstateen0, which is not everywhere
    clear_trap();
    IN_S(hypervise, 0);
}
