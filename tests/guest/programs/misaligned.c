// SPDX-License-Identifier: Apache-2.0
// Misaligned loads and stores of every width, inside a page and over the border of two scattered pages, and what
// such an access reports when only one of its pages can be used.
#include "test.h"

#define VA(page, offset) (WINDOW + (page) * 4096ul + (offset))

static void map_two(uint64_t first, uint64_t second) {
    map_window(0, PTE_OF(page(0)) | first);
    map_window(1, PTE_OF(page(9)) | second);
    sfence();
    clear_trap();
}

#define LOAD(op, at)                                                                      \
    ({                                                                                    \
        uint64_t value = 0;                                                               \
        __asm__ volatile(op " %0, 0(%1)" : "+r"(value) : "r"((uint64_t)(at)) : "memory"); \
        value;                                                                            \
    })
#define STORE(op, at, value) __asm__ volatile(op " %1, 0(%0)" ::"r"((uint64_t)(at)), "r"((uint64_t)(value)) : "memory")

static uint64_t byte(uint64_t at) {
    return LOAD("lbu", at);
}

static uint64_t gather(uint64_t at, int size) {
    uint64_t value = 0;
    for (int i = size - 1; i >= 0; i--) {
        value = value << 8 | byte(at + (uint64_t)i);
    }
    return value;
}

// All offsets around a place, all widths: what is loaded is what the bytes say, what is stored arrives.
static uint64_t sweep(uint64_t around) {
    uint64_t wrong = 0;
    for (uint64_t i = 0; i < 64; i++) {
        STORE("sb", around - 32 + i, i * 37 + 11);
    }
    for (uint64_t at = around - 16; at < around + 16; at++) {
        wrong += LOAD("lhu", at) != gather(at, 2);
        wrong += LOAD("lh", at) != (uint64_t)(int16_t)gather(at, 2);
        wrong += LOAD("lwu", at) != gather(at, 4);
        wrong += LOAD("lw", at) != (uint64_t)(int32_t)gather(at, 4);
        wrong += LOAD("ld", at) != gather(at, 8);
        double d;
        __asm__ volatile("fld %0, 0(%1)" : "=f"(d) : "r"(at) : "memory");
        uint64_t bits;
        __asm__ volatile("fmv.x.d %0, %1" : "=r"(bits) : "f"(d));
        wrong += bits != gather(at, 8);
        __asm__ volatile("flw %0, 0(%1)" : "=f"(d) : "r"(at) : "memory");
        __asm__ volatile("fmv.x.d %0, %1" : "=r"(bits) : "f"(d));
        wrong += bits != (gather(at, 4) | 0xffffffff00000000);
    }
    for (uint64_t at = around - 16; at < around + 16; at++) {
        uint64_t before = byte(at - 1);
        uint64_t value = at * 0x9e3779b97f4a7c15;
        uint64_t after = byte(at + 2);
        STORE("sh", at, value);
        wrong += gather(at, 2) != (value & 0xffff) || byte(at + 2) != after;
        after = byte(at + 4);
        STORE("sw", at, value);
        wrong += gather(at, 4) != (value & 0xffffffff) || byte(at + 4) != after;
        after = byte(at + 8);
        STORE("sd", at, value);
        wrong += gather(at, 8) != value || byte(at + 8) != after;
        wrong += byte(at - 1) != before;
        __asm__ volatile("fmv.d.x ft0, %1\n\tfsd ft0, 0(%0)" ::"r"(at), "r"(~value) : "ft0", "memory");
        wrong += gather(at, 8) != ~value || byte(at + 8) != after;
        __asm__ volatile("fmv.w.x ft0, %1\n\tfsw ft0, 0(%0)" ::"r"(at), "r"(value) : "ft0", "memory");
        wrong += gather(at, 4) != (value & 0xffffffff);
    }
    return wrong;
}

static uint64_t sweep_often(uint64_t around) {
    uint64_t wrong = 0;
    for (int i = 0; i < 40; i++) {
        wrong += sweep(around);
    }
    return wrong;
}

static uint64_t load(uint64_t at) {
    return LOAD("ld", at);
}

static uint64_t store(uint64_t at) {
    STORE("sd", at, 0x1122334455667788);
    return 0;
}

static void half_faults(void) {
    const uint64_t all = PTE_RWX;
    const uint64_t read = PTE_RWX & ~PTE_W;
    map_two(all, 0);
    IN_S(load, VA(0, 4093));
    check_trap("load, second page missing: the value is its start", LOAD_PAGE, VA(1, 0));
    *(uint64_t *)(page(0) + 4088) = 0;
    IN_S(store, VA(0, 4093));
    check_trap("store, second page missing", STORE_PAGE, VA(1, 0));
    check("such a store leaves the first page alone", *(uint64_t *)(page(0) + 4088), 0);
    map_two(0, all);
    IN_S(load, VA(0, 4093));
    check_trap("load, first page missing: the value is the address", LOAD_PAGE, VA(0, 4093));
    *(uint64_t *)page(9) = 0;
    IN_S(store, VA(0, 4093));
    check_trap("store, first page missing", STORE_PAGE, VA(0, 4093));
    check("such a store leaves the second page alone", *(uint64_t *)page(9), 0);
    map_two(all, read);
    IN_S(store, VA(0, 4093));
    check_trap("store, second page read-only", STORE_PAGE, VA(1, 0));
    IN_S(load, VA(0, 4093));
    check_no_trap("load is allowed");
    map_two(read, all);
    IN_S(store, VA(0, 4095));
    check_trap("store, first page read-only", STORE_PAGE, VA(0, 4095));
    map_two(0, 0);
    IN_S(load, VA(0, 4095));
    check_trap("load, both missing", LOAD_PAGE, VA(0, 4095));
    map_window(0, PTE_OF(UNMAPPED) | all);
    map_window(1, PTE_OF(page(9)) | all);
    sfence();
    IN_S(load, VA(0, 4089));
    check_trap("load, no memory in the first page", LOAD_ACCESS, VA(0, 4089));
}

void test(void) {
    clear_trap();
    check("machine mode, inside a page", sweep((uint64_t)page(2) + 2000), 0);
    check("machine mode, over two pages", sweep((uint64_t)page(0) + 4096), 0);
    check_no_trap("no trap");
    paging_on();
    map_two(PTE_RWX, PTE_RWX);
    check("supervisor, inside a page", IN_S(sweep, VA(0, 2000)), 0);
    check("supervisor, over two scattered pages", IN_S(sweep, VA(1, 0)), 0);
    check("the same 40 times", IN_S(sweep_often, VA(1, 0)), 0);
    check_no_trap("no trap");
    map_two(PTE_RWX | PTE_U, PTE_RWX | PTE_U);
    check("user, over two scattered pages", IN_U(sweep, VA(1, 0)), 0);
    check_no_trap("no trap");
    half_faults();
    paging_off();
}
