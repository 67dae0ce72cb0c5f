// SPDX-License-Identifier: Apache-2.0
#include "test.h"

#define CALL_END 0x7e57u

volatile struct trap trap;
volatile uint64_t escape;
volatile uint64_t vector_taken;
volatile uint8_t *const uart = (volatile uint8_t *)UART;
uint64_t root_table[512] __attribute__((aligned(4096)));
uint64_t window_directory[512] __attribute__((aligned(4096)));
uint64_t window_table[512] __attribute__((aligned(4096)));

static uint8_t pages[16][4096] __attribute__((aligned(4096)));
static uint64_t checks, failures;

extern uint64_t call_stack_pointer;
extern char call_return[], machine_trap[];

struct frame {
    uint64_t x[32];
    uint64_t epc, cause, tval, status;
};

static void put(char c) {
    while ((uart[5] & 0x20) == 0) {
    }
    uart[0] = (uint8_t)c;
}

void print(const char *text) {
    while (*text) {
        put(*text++);
    }
}

void print_hex(uint64_t value) {
    for (int shift = 60; shift >= 0; shift -= 4) {
        put("0123456789abcdef"[value >> shift & 15]);
    }
}

void print_number(uint64_t value) {
    if (value >= 10) {
        print_number(value / 10);
    }
    put((char)('0' + value % 10));
}

void check(const char *name, uint64_t got, uint64_t expected) {
    checks++;
    if (got == expected) {
        print("ok ");
        print(name);
    } else {
        failures++;
        print("FAILED ");
        print(name);
        print(": got ");
        print_hex(got);
        print(", expected ");
        print_hex(expected);
    }
    print("\n");
}

static __attribute__((noreturn)) void finish(uint32_t word) {
    for (;;) {
        *(volatile uint32_t *)FINISHER = word;
    }
}

void test_main(void) {
    test();
    print_number(checks);
    print(" checks, ");
    print_number(failures);
    print(" failed\n");
    finish(failures == 0 ? 0x5555 : 0x13333);
}

void clear_trap(void) {
    trap.count = 0;
    trap.cause = ~0ul;
    trap.tval = ~0ul;
    trap.epc = ~0ul;
    trap.level = 0;
}

void check_trap(const char *name, uint64_t cause, uint64_t tval) {
    if (trap.count != 1) {
        check(name, trap.count + 1000, 1001); // how many traps there were
    } else if (trap.cause != cause) {
        check(name, trap.cause, cause);
    } else {
        check(name, trap.tval, tval);
    }
    clear_trap();
}

void check_no_trap(const char *name) {
    check(name, trap.count == 0 ? ~0ul : trap.cause, ~0ul);
    clear_trap();
}

static void handle(struct frame *frame, uint64_t level) {
    trap.count++;
    trap.cause = frame->cause;
    trap.epc = frame->epc;
    trap.tval = frame->tval;
    trap.status = frame->status;
    trap.level = level;
    if (trap.count > 1000) {
        print("FAILED: endless traps, cause ");
        print_hex(frame->cause);
        print("\n");
        finish(0x23333);
    }
    if (frame->cause & INTERRUPT) {
        uint64_t bit = 1ul << (frame->cause & 63); // once is enough: the source may stay pending
        if (level == 3) {
            clear_csr(mie, bit);
        } else {
            clear_csr(sie, bit);
        }
    } else if (escape) {
        frame->epc = escape;
        escape = 0;
    } else {
        uint64_t at = frame->epc;
        if (at >= 0x80000000ul + USER_ALIAS) {
            at -= USER_ALIAS;
        }
        frame->epc += (*(const uint16_t *)at & 3) == 3 ? 4 : 2;
    }
}

void machine_handle(struct frame *frame) {
    if (frame->x[17] == CALL_END && (frame->cause == ECALL_S || frame->cause == ECALL_U)) {
        frame->epc = (uint64_t)call_return;
        frame->x[2] = call_stack_pointer;
        clear_csr(mstatus, MSTATUS_MPIE); // interrupts are off after every call
        set_csr(mstatus, MPP_M);
        return;
    }
    handle(frame, 3);
}

void supervisor_handle(struct frame *frame) {
    if (frame->x[17] == CALL_END && frame->cause == ECALL_U) {
        register uint64_t a0 __asm__("a0") = frame->x[10];
        register uint64_t a7 __asm__("a7") = CALL_END;
        __asm__ volatile("ecall" ::"r"(a0), "r"(a7) : "memory");
    }
    handle(frame, 1);
}

uint64_t probe_load(uint64_t address) {
    uint64_t value = 0;
    __asm__ volatile("ld %0, 0(%1)" : "+r"(value) : "r"(address) : "memory");
    return value;
}

void probe_store(uint64_t address, uint64_t value) {
    __asm__ volatile("sd %1, 0(%0)" ::"r"(address), "r"(value) : "memory");
}

__attribute__((noinline)) void probe_fetch(uint64_t address) {
    __asm__ volatile("la t0, 1f\n\t"
                     "sd t0, 0(%1)\n\t"
                     "jalr %0\n\t"
                     "1: sd zero, 0(%1)"
                     ::"r"(address), "r"(&escape) : "t0", "ra", "memory");
}

void map_window(uint64_t index, uint64_t pte) {
    window_table[index] = pte;
}

void paging_on(void) {
    for (int i = 0; i < 512; i++) {
        root_table[i] = 0;
        window_directory[i] = 0;
        window_table[i] = 0;
    }
    root_table[0] = PTE_OF(0) | PTE_RWX;
    root_table[2] = PTE_OF(0x80000000ul) | PTE_RWX;
    root_table[3] = PTE_OF(0x80000000ul) | PTE_RWX | PTE_U;
    root_table[4] = PTE_OF(window_directory) | PTE_V;
    window_directory[0] = PTE_OF(window_table) | PTE_V;
    write_csr(satp, 8ul << 60 | (uint64_t)root_table >> 12);
    sfence();
}

void paging_off(void) {
    write_csr(satp, 0);
    sfence();
}

uint8_t *page(unsigned index) {
    return pages[index * 5 & 15];
}
