// SPDX-License-Identifier: Apache-2.0
// The guest's platform: console, end of the run, and the way into supervisor or user mode under page tables
// whose frames are in shuffled order, so that neighbouring pages are not neighbours in memory.
#include <stdbool.h>

#include "../kernels/kernel.h"
#include "runtime.h"

#define PAGE 4096u
#define FINISHER 0x100000u
#define FINISHER_PASS 0x5555u
#define FINISHER_FAIL 0x3333u
#define UART 0x10000000u
#define UART_LSR 5u
#define LSR_THRE 0x20u

#define PTE_V 1u
#define PTE_R 2u
#define PTE_W 4u
#define PTE_X 8u
#define PTE_U 16u
#define PTE_A 64u
#define PTE_D 128u

#define MODE_BARE 0
#define MODE_USER 2
#define USER_WRITE 0
#define USER_END 1
#define SPARE_FRAMES 64u // for page tables
#define STATUS_TRAP 3

extern char image_start[], supervisor_start[], supervisor_end[], data_start[], image_end[];
extern void supervisor_trap(void);
extern void enter(uint64_t mpp, void (*entry)(void)) __attribute__((noreturn));
extern void user_call(uint64_t argument, uint64_t number);

#define write_csr(csr, value) __asm__ volatile("csrw " #csr ", %0" ::"r"((uint64_t)(value)) : "memory")

static volatile uint8_t *const uart = (volatile uint8_t *)(uintptr_t)UART;

static void put(char c) {
    if (bench_params.mode == MODE_USER) {
        user_call((uint8_t)c, USER_WRITE);
        return;
    }
    while ((uart[UART_LSR] & LSR_THRE) == 0) {
    }
    uart[0] = (uint8_t)c;
}

void platform_write(const char *bytes, size_t count) {
    for (size_t i = 0; i < count; i++) {
        put(bytes[i]);
    }
}

static __attribute__((noreturn)) void finish(uint32_t status) {
    uint32_t word = status == 0 ? FINISHER_PASS : FINISHER_FAIL | status << 16;
    for (;;) {
        if (bench_params.mode == MODE_USER) {
            user_call(word, USER_END);
        }
        *(volatile uint32_t *)(uintptr_t)FINISHER = word;
    }
}

static void task(void) {
    finish((uint32_t)bench_main());
}

// The machine's handler; runs untranslated, where `bench_params` is the image's own copy.
__attribute__((noreturn)) void unexpected_trap(uint64_t cause, uint64_t epc, uint64_t tval) {
    const uint64_t values[] = {cause, epc, tval};
    bench_params.mode = MODE_BARE;
    platform_write("trap cause, epc, tval:", 22);
    for (int v = 0; v < 3; v++) {
        put(' ');
        for (int shift = 60; shift >= 0; shift -= 4) {
            put("0123456789abcdef"[(values[v] >> shift) & 15]);
        }
    }
    put('\n');
    finish(STATUS_TRAP);
}

// The frames after the image, in shuffled order; half of them stay unused and leave holes.
static struct {
    uint32_t *order;
    uint64_t base;
    uint64_t taken;
} frames;

static uint64_t take_frame(void) {
    return frames.base + (uint64_t)frames.order[frames.taken++] * PAGE;
}

static void shuffle_frames(uint64_t pages) {
    uint64_t count = 2 * pages + SPARE_FRAMES;
    uint64_t state = bench_params.seed | 1;
    frames.base = (uint64_t)image_end;
    frames.order = (uint32_t *)(frames.base + count * PAGE);
    frames.taken = 0;
    for (uint64_t i = 0; i < count; i++) {
        frames.order[i] = (uint32_t)i;
    }
    for (uint64_t i = count - 1; i > 0; i--) {
        uint64_t j = next_random(&state) % (i + 1);
        uint32_t swapped = frames.order[i];
        frames.order[i] = frames.order[j];
        frames.order[j] = swapped;
    }
}

static uint64_t *take_table(void) {
    uint64_t *table = (uint64_t *)take_frame();
    for (uint64_t i = 0; i < PAGE / 8; i++) {
        table[i] = 0;
    }
    return table;
}

static void map(uint64_t *root, uint64_t va, uint64_t pa, uint64_t flags) {
    uint64_t *table = root;
    for (uint64_t level = bench_params.levels - 1; level > 0; level--) {
        uint64_t *pte = &table[va >> (12 + 9 * level) & 511];
        if (*pte == 0) {
            *pte = (uint64_t)take_table() >> 12 << 10 | PTE_V;
        }
        table = (uint64_t *)(*pte >> 10 << 12);
    }
    table[va >> 12 & 511] = pa >> 12 << 10 | PTE_V | PTE_A | PTE_D | flags;
}

static void copy_page(uint64_t to, uint64_t from) {
    for (uint64_t i = 0; i < PAGE; i += 8) {
        *(uint64_t *)(to + i) = *(const uint64_t *)(from + i);
    }
}

static uint64_t page_flags(uint64_t va, bool user) {
    bool supervisor = va >= (uint64_t)supervisor_start && va < (uint64_t)supervisor_end;
    uint64_t flags = va < (uint64_t)supervisor_end ? PTE_R | PTE_X : va < (uint64_t)data_start ? PTE_R : PTE_R | PTE_W;
    return flags | (user && !supervisor ? PTE_U : 0);
}

void boot(void) {
    if (bench_params.mode == MODE_BARE) {
        task();
    }
    bool user = bench_params.mode == MODE_USER;
    shuffle_frames(((uint64_t)image_end - (uint64_t)image_start) / PAGE);
    uint64_t *root = take_table();
    for (uint64_t va = (uint64_t)image_start; va < (uint64_t)image_end; va += PAGE) {
        uint64_t frame = take_frame();
        copy_page(frame, va);
        map(root, va, frame, page_flags(va, user));
    }
    map(root, UART, UART, PTE_R | PTE_W);
    map(root, FINISHER, FINISHER, PTE_R | PTE_W);

    write_csr(pmpaddr0, ~0ull);
    write_csr(pmpcfg0, 0x1f); // NAPOT over everything, RWX
    write_csr(stvec, supervisor_trap);
    write_csr(medeleg, user ? 1u << 8 : 0); // calls from user mode
    write_csr(satp, (bench_params.levels + 5) << 60 | (uint64_t)root >> 12);
    __asm__ volatile("sfence.vma\n\tfence.i" ::: "memory");
    enter(user ? 0 : 0x800, task);
}
