// SPDX-License-Identifier: Apache-2.0
// What a small hypervisor has: guests, their memory, entry and exit. Registers are named by number, for old assemblers.
#ifndef HYPERVISOR_H
#define HYPERVISOR_H

#include "test.h"

#define hstatus 0x600
#define hedeleg 0x602
#define hideleg 0x603
#define htimedelta 0x605
#define hcounteren 0x606
#define henvcfg 0x60a
#define htval 0x643
#define hvip 0x645
#define htinst 0x64a
#define hgatp 0x680
#define vsstatus 0x200
#define vsie 0x204
#define vstvec 0x205
#define vstimecmp 0x24d
#define vsatp 0x280
#define menvcfg 0x30a
#define stimecmp 0x14d

#define HSTATUS_SPVP (1ul << 8)
#define HSTATUS_VTVM (1ul << 20)
#define HSTATUS_VTW (1ul << 21)
#define HSTATUS_VTSR (1ul << 22)

enum { ECALL_VS = 10, FETCH_GUEST_PAGE = 20, LOAD_GUEST_PAGE, VIRTUAL_INSTRUCTION, STORE_GUEST_PAGE };

// The program is at its own addresses for the hypervisor, GUEST_ALIAS above them in guest-physical memory, and
// VIRTUAL_ALIAS above that where the guest has its own page tables.
#define GUEST_ALIAS 0x40000000ul
#define VIRTUAL_ALIAS 0x40000000ul
#define DEVICE 0x10000000ul // guest-physical, emulated
#define ARENA 0x200000000ul // guest-physical, memory that each guest has for itself
#define ARENA_PAGES 64

struct guest {
    uint64_t x[32];
    uint64_t pc;
    uint64_t saved[3];
    uint64_t root; // hgatp
    uint64_t pages; // of its arena that have been mapped
    uint64_t faults[64]; // exits by cause
    uint64_t gpa; // of the last second-stage fault
    uint64_t pseudo; // htinst of it, if it was not 0
    uint64_t device[4];
    uint8_t dirty[ARENA_PAGES];
};

extern struct guest guests[2];

void enter_guest(struct guest *guest);
extern char guest_trap[];

// Gives a guest new tables, which map the program but not the arena, and lets it begin at a function.
void make_guest(struct guest *guest, uint64_t vmid, uint64_t (*begin)(uint64_t), uint64_t argument);

// Runs it until it calls END, and gives what it says then.
uint64_t run_guest(struct guest *guest);

// Takes the permission to store to all pages of the arena, and forgets which were stored to.
void protect_arena(struct guest *guest);

// Where a page of a guest's arena is, or 0.
uint64_t *arena_entry(struct guest *guest, uint64_t page);

// Calls of guests.
enum { END, PRINT, SWITCH };

static inline uint64_t hypercall(uint64_t number, uint64_t argument) {
    register uint64_t a0 __asm__("a0") = argument;
    register uint64_t a7 __asm__("a7") = number;
    __asm__ volatile("ecall" : "+r"(a0) : "r"(a7) : "memory");
    return a0;
}

// What guest_handle() notes of traps that the guest takes itself, and where it is to go on, if not behind them.
struct guest_trap {
    uint64_t count, cause, tval;
};
extern volatile struct guest_trap taken;

#define hlv_d(address) ({ uint64_t hlv_value = 0; \
    __asm__ volatile(".insn r 0x73, 4, 0x36, %0, %1, x0" : "+r"(hlv_value) : "r"(address) : "memory"); hlv_value; })
#define hlvx_hu(address) ({ uint64_t hlv_value = 0; \
    __asm__ volatile(".insn r 0x73, 4, 0x32, %0, %1, x3" : "+r"(hlv_value) : "r"(address) : "memory"); hlv_value; })
#define hsv_d(address, value) __asm__ volatile(".insn r 0x73, 4, 0x37, x0, %0, %1" ::"r"(address), "r"(value) : "memory")
#define hfence_gvma() __asm__ volatile(".insn r 0x73, 0, 0x31, x0, x0, x0" ::: "memory")
#define hfence_vvma() __asm__ volatile(".insn r 0x73, 0, 0x11, x0, x0, x0" ::: "memory")

// read_csr() and so on expand their argument only here.
#define read_number(csr) read_expanded(csr)
#define read_expanded(csr) read_csr(csr)
#define write_number(csr, value) write_expanded(csr, value)
#define write_expanded(csr, value) write_csr(csr, value)

#endif
