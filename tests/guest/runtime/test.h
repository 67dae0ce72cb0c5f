// SPDX-License-Identifier: Apache-2.0
// What a guest test program has: checks, a console, recorded traps, calls into lower privileges, page tables.
#ifndef TEST_H
#define TEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FINISHER 0x100000ul
#define CLINT 0x2000000ul
#define PLIC 0xc000000ul
#define UART 0x10000000ul
#define UNMAPPED 0x18000000ul // no device and no memory on the virt board

#define MPP_U 0x0000ul
#define MPP_S 0x0800ul
#define MPP_M 0x1800ul
#define MSTATUS_SIE (1ul << 1)
#define MSTATUS_MIE (1ul << 3)
#define MSTATUS_SPIE (1ul << 5)
#define MSTATUS_MPIE (1ul << 7)
#define MSTATUS_SPP (1ul << 8)
#define MSTATUS_MPRV (1ul << 17)
#define MSTATUS_SUM (1ul << 18)
#define MSTATUS_MXR (1ul << 19)
#define MSTATUS_TVM (1ul << 20)
#define MSTATUS_TW (1ul << 21)
#define MSTATUS_TSR (1ul << 22)
#define INTERRUPT (1ul << 63)

enum {
    FETCH_MISALIGNED, FETCH_ACCESS, ILLEGAL, BREAKPOINT, LOAD_MISALIGNED, LOAD_ACCESS, STORE_MISALIGNED, STORE_ACCESS,
    ECALL_U, ECALL_S, ECALL_M = 11, FETCH_PAGE, LOAD_PAGE, STORE_PAGE = 15
};

#define PTE_V 1ul
#define PTE_R 2ul
#define PTE_W 4ul
#define PTE_X 8ul
#define PTE_U 16ul
#define PTE_G 32ul
#define PTE_A 64ul
#define PTE_D 128ul
#define PTE_RWX (PTE_V | PTE_R | PTE_W | PTE_X | PTE_A | PTE_D)
#define PTE_OF(pa) ((uint64_t)(pa) >> 12 << 10)

#define read_csr(csr) ({ uint64_t csr_value; __asm__ volatile("csrr %0, " #csr : "=r"(csr_value)::"memory"); csr_value; })
#define write_csr(csr, value) __asm__ volatile("csrw " #csr ", %0" ::"r"((uint64_t)(value)) : "memory")
#define set_csr(csr, value) __asm__ volatile("csrs " #csr ", %0" ::"r"((uint64_t)(value)) : "memory")
#define clear_csr(csr, value) __asm__ volatile("csrc " #csr ", %0" ::"r"((uint64_t)(value)) : "memory")
#define fence_i() __asm__ volatile("fence.i" ::: "memory")
#define sfence() __asm__ volatile("sfence.vma" ::: "memory")

// The last trap that a handler took.
struct trap {
    uint64_t count; // since clear_trap()
    uint64_t cause, epc, tval, status;
    uint64_t level; // 3 machine, 1 supervisor
};

extern volatile struct trap trap;
extern volatile uint64_t escape;       // where the next exception resumes, instead of behind its instruction
extern volatile uint64_t vector_taken; // the entry of machine_vectors used last
extern volatile uint8_t *const uart;

void test_main(void) __attribute__((noreturn));

// The program's own part.
void test(void);

void print(const char *text);
void print_hex(uint64_t value);
void print_number(uint64_t value);

// Prints `ok NAME`, or `FAILED NAME` with both values.
void check(const char *name, uint64_t got, uint64_t expected);

void clear_trap(void);

// One trap since clear_trap(), with this cause and value; clears.
void check_trap(const char *name, uint64_t cause, uint64_t tval);
void check_no_trap(const char *name);

// Access to an address; what it gives is 0 after a trap.
uint64_t probe_load(uint64_t address);
void probe_store(uint64_t address, uint64_t value);
void probe_fetch(uint64_t address); // calls it

// Calls function(argument) in a lower privilege. `alias` is added to the function's, stack's and return address.
uint64_t call_in(uint64_t (*function)(uint64_t), uint64_t argument, uint64_t mpp, uint64_t alias);

#define IN_S(function, argument) call_in(function, argument, MPP_S, 0)
#define IN_U(function, argument) call_in((uint64_t (*)(uint64_t))((uint64_t)(function) + USER_ALIAS), argument, MPP_U, USER_ALIAS)

// Sv39: the image at its physical address for the supervisor, the same gigabyte at USER_ALIAS above it for the user,
// devices in the first gigabyte, and WINDOW, 2 MiB of 4 KiB pages, empty.
#define USER_ALIAS 0x40000000ul
#define WINDOW 0x100000000ul
extern uint64_t root_table[512], window_directory[512], window_table[512];
void paging_on(void);
void paging_off(void);

// Sets the entry of a page of the window; no fence.
void map_window(uint64_t page, uint64_t pte);

// Whole pages for a program's use, not contiguous in meaning: page(i) is any of 16.
uint8_t *page(unsigned index);

#endif
