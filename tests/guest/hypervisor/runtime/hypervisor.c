// SPDX-License-Identifier: Apache-2.0
#include "hypervisor.h"

#define TABLES 16

struct guest guests[2];
volatile struct guest_trap taken;

static uint64_t roots[2][2048] __attribute__((aligned(16384)));
static uint64_t tables[2][TABLES][512] __attribute__((aligned(4096)));
static uint8_t arenas[2][ARENA_PAGES][4096] __attribute__((aligned(4096)));
static uint64_t used[2];
static uint64_t stacks[2][1024] __attribute__((aligned(16)));

static uint64_t *entry(struct guest *guest, uint64_t gpa, bool make) {
    uint64_t which = (uint64_t)(guest - guests);
    uint64_t *at = &roots[which][gpa >> 30];
    for (int level = 1; level >= 0; level--) {
        if ((*at & PTE_V) == 0) {
            if (!make || used[which] == TABLES) {
                return 0;
            }
            *at = PTE_OF(tables[which][used[which]++]) | PTE_V;
        }
        at = (uint64_t *)(*at >> 10 << 12) + (gpa >> (12 + 9 * level) & 511);
    }
    return at;
}

uint64_t *arena_entry(struct guest *guest, uint64_t page) {
    return entry(guest, ARENA + page * 4096, true);
}

static void clear(void *at, uint64_t bytes) {
    for (uint64_t i = 0; i < bytes; i += 8) {
        *(volatile uint64_t *)((char *)at + i) = 0;
    }
}

void make_guest(struct guest *guest, uint64_t vmid, uint64_t (*begin)(uint64_t), uint64_t argument) {
    uint64_t which = (uint64_t)(guest - guests);
    clear(guest, sizeof *guest);
    clear(roots[which], sizeof roots[which]);
    clear(tables[which], sizeof tables[which]);
    clear(arenas[which], sizeof arenas[which]);
    used[which] = 0;
    roots[which][3] = PTE_OF(0x80000000ul) | PTE_RWX | PTE_U;
    guest->root = 8ul << 60 | vmid << 44 | (uint64_t)roots[which] >> 12;
    guest->pc = (uint64_t)begin + GUEST_ALIAS;
    guest->x[2] = (uint64_t)&stacks[which][1024] + GUEST_ALIAS;
    __asm__("mv %0, gp" : "=r"(guest->x[3]));
    guest->x[3] += GUEST_ALIAS;
    guest->x[10] = argument;
    hfence_gvma();
}

void protect_arena(struct guest *guest) {
    for (uint64_t page = 0; page < ARENA_PAGES; page++) {
        guest->dirty[page] = 0;
        *arena_entry(guest, page) &= ~PTE_W;
    }
    hfence_gvma();
}

static void second_stage_fault(struct guest *guest, uint64_t cause) {
    uint64_t gpa = read_number(htval) << 2 | (read_csr(stval) & 3);
    guest->gpa = gpa;
    uint64_t instruction = read_number(htinst);
    guest->pseudo = instruction == 0x3000 || instruction == 0x3020 ? instruction : 0;
    uint64_t page = (gpa - ARENA) >> 12;
    if (gpa >= ARENA && page < ARENA_PAGES) {
        uint64_t *at = arena_entry(guest, page);
        guest->pages += (*at & PTE_V) == 0;
        guest->dirty[page] |= cause == STORE_GUEST_PAGE;
        uint64_t which = (uint64_t)(guest - guests);
        *at = PTE_OF(arenas[which][page]) | PTE_V | PTE_R | PTE_X | PTE_U | PTE_A | (guest->dirty[page] ? PTE_W | PTE_D : 0);
        hfence_gvma();
        return;
    }
    if (gpa < DEVICE || gpa >= DEVICE + sizeof guest->device) {
        print("FAILED: nothing is at guest-physical ");
        print_hex(gpa);
        print("\n");
        *(volatile uint32_t *)FINISHER = 0x33333;
    }
    uint64_t word = hlvx_hu(guest->pc) | hlvx_hu(guest->pc + 2) << 16;
    uint64_t *cell = &guest->device[(gpa - DEVICE) / 8];
    if (cause == LOAD_GUEST_PAGE) {
        guest->x[word >> 7 & 31] = *cell;
    } else {
        *cell = *cell + guest->x[word >> 20 & 31];
    }
    guest->pc += 4;
}

uint64_t run_guest(struct guest *guest) {
    write_number(hgatp, guest->root);
    for (;;) {
        set_csr(sstatus, MSTATUS_SPP);
        enter_guest(guest);
        uint64_t cause = read_csr(scause);
        guest->faults[(cause & 31) | (cause & INTERRUPT ? 32 : 0)]++;
        if (cause & INTERRUPT) {
            return cause;
        }
        switch (cause) {
        case ECALL_VS:
            guest->pc += 4;
            if (guest->x[17] == PRINT) {
                print((const char *)(guest->x[10] - GUEST_ALIAS));
                break;
            }
            return guest->x[10];
        case FETCH_GUEST_PAGE:
        case LOAD_GUEST_PAGE:
        case STORE_GUEST_PAGE:
            second_stage_fault(guest, cause);
            break;
        case VIRTUAL_INSTRUCTION:
            guest->pc += 4;
            break;
        default:
            print("FAILED: exit of the guest by cause ");
            print_hex(cause);
            print(" at ");
            print_hex(guest->pc);
            print("\n");
            *(volatile uint32_t *)FINISHER = 0x23333;
        }
    }
}

// In the guest.
uint64_t guest_handle(uint64_t cause, uint64_t tval, uint64_t epc) {
    taken.count++;
    taken.cause = cause;
    taken.tval = tval;
    if (cause & INTERRUPT) {
        clear_csr(sie, 1ul << (cause & 63));
        return epc;
    }
    return epc + ((*(const uint16_t *)epc & 3) == 3 ? 4 : 2);
}
