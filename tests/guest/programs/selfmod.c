// SPDX-License-Identifier: Apache-2.0
// Code that changes: patched in a loop, through another address, by another privilege, beside the running code,
// and pages that hold one program after another. A fence.i stands wherever the specification asks for one.
#include "test.h"

#define VA(page, offset) (WINDOW + (page) * 4096ul + (offset))
#define RET 0x00008067u

// addi a0, a0, immediate
static uint32_t add(int immediate) {
    return (uint32_t)immediate << 20 | 10 << 15 | 10 << 7 | 0x13;
}

static uint64_t run(const void *code, uint64_t argument) {
    return ((uint64_t (*)(uint64_t))code)(argument);
}

static void write_code(void *at, int immediate) {
    volatile uint32_t *code = at;
    code[0] = add(immediate);
    code[1] = RET;
}

static void patched_in_a_loop(void) {
    uint8_t *at = page(0);
    uint64_t sum = 0;
    for (int i = 0; i < 2000; i++) {
        write_code(at, i & 1023);
        fence_i();
        sum = run(at, sum);
    }
    uint64_t expected = 0;
    for (int i = 0; i < 2000; i++) {
        expected += (uint64_t)(i & 1023);
    }
    check("2000 patches, one call each", sum, expected);
    sum = 0;
    for (int i = 0; i < 20; i++) {
        write_code(at, i);
        fence_i();
        for (int j = 0; j < 500; j++) {
            sum = run(at, sum);
        }
    }
    check("20 patches, 500 calls each", sum, 500 * 190);
}

// The loop patches its own next instruction: the count of each round is what the patch said.
static void patches_itself(void) {
    uint64_t sum;
    __asm__ volatile("li %0, 0\n\t"
                     "li t0, 300\n\t"         // rounds
                     "la t1, 2f\n\t"
                     "lw t2, 0(t1)\n\t"       // addi %0, %0, 0
                     "1: li t3, 1 << 20\n\t"
                     "add t2, t2, t3\n\t"     // one more each round
                     "sw t2, 0(t1)\n\t"
                     "fence.i\n\t"
                     ".option push\n\t.option norvc\n\t"
                     "2: addi %0, %0, 0\n\t"
                     ".option pop\n\t"
                     "addi t0, t0, -1\n\t"
                     "bnez t0, 1b"
                     : "=&r"(sum)::"t0", "t1", "t2", "t3", "memory");
    check("a loop that patches its next instruction", sum, 300 * 301 / 2);
}

static void data_beside_code(void) {
    uint8_t *at = page(1);
    write_code(at, 3);
    fence_i();
    uint64_t sum = 0;
    volatile uint64_t *counter = (volatile uint64_t *)(at + 2048);
    *counter = 0;
    for (int i = 0; i < 3000; i++) {
        sum = run(at, sum);
        *counter += sum & 1;
    }
    check("a page of code and data: code", sum, 9000);
    check("a page of code and data: data", *counter, 1500);
}

static void halves(void) {
    // A 4-byte instruction over a page boundary, its second half patched.
    uint8_t *first = page(0);
    uint8_t *next = first + 4096; // pages are contiguous in memory whatever their order
    volatile uint16_t *low = (volatile uint16_t *)(first + 4094);
    volatile uint16_t *high = (volatile uint16_t *)next;
    uint64_t sum = 0;
    for (int i = 0; i < 100; i++) {
        low[0] = (uint16_t)add(i);
        high[0] = (uint16_t)(add(i) >> 16);
        high[1] = 0x8082; // ret
        fence_i();
        sum = run(first + 4094, sum);
    }
    check("an instruction over two pages, both patched", sum, 4950);
    // A 4-byte instruction becomes two of 2 bytes.
    write_code(first, 5);
    fence_i();
    sum = run(first, 0);
    volatile uint16_t *half = (volatile uint16_t *)first;
    half[0] = 0x0505; // c.addi a0, 1
    half[1] = 0x0509; // c.addi a0, 2
    fence_i();
    check("one instruction becomes two", sum * 100 + run(first, 0), 503);
}

static uint64_t run_at(uint64_t address) {
    return run((const void *)address, 100);
}

static uint64_t patch_and_run(uint64_t address) {
    write_code((void *)address, 9);
    fence_i();
    return run((const void *)address, 200);
}

static void other_privileges(void) {
    paging_on();
    uint64_t code = (uint64_t)page(2);
    uint64_t sum = 0;
    for (int i = 0; i < 50; i++) {
        write_code((void *)code, i);
        fence_i();
        sum += IN_S(run_at, code);
    }
    check("patched by M, run by S", sum, 50 * 100 + 1225);
    sum = 0;
    for (int i = 0; i < 50; i++) {
        write_code((void *)code, i);
        fence_i();
        sum += IN_U(run_at, code + USER_ALIAS);
    }
    check("patched by M, run by U at another address", sum, 50 * 100 + 1225);
    check("patched and run by S", IN_S(patch_and_run, code), 209);
    check("then run by U", IN_U(run_at, code + USER_ALIAS), 109);
    check("patched and run by U", IN_U(patch_and_run, code + USER_ALIAS), 209);
    check("then run by M", run_at(code), 109);

    // Two addresses of one frame: stores through the writable one change what the other runs.
    map_window(0, PTE_OF(page(3)) | PTE_V | PTE_R | PTE_W | PTE_A | PTE_D);
    map_window(1, PTE_OF(page(3)) | PTE_V | PTE_R | PTE_X | PTE_A | PTE_D);
    sfence();
    sum = 0;
    for (int i = 0; i < 50; i++) {
        clear_trap();
        write_code(page(3), i);
        fence_i();
        sum += IN_S(run_at, VA(1, 0));
    }
    check("a frame with a data and a code address", sum, 50 * 100 + 1225);

    // One address, other frames: what was compiled for one must not run for the other.
    write_code(page(4), 1);
    write_code(page(5), 2);
    fence_i();
    sum = 0;
    for (int i = 0; i < 200; i++) {
        map_window(2, PTE_OF(page(i & 1 ? 5 : 4)) | PTE_V | PTE_X | PTE_A);
        sfence();
        sum = sum * 3 % 1000003 + IN_S(run_at, VA(2, 0));
    }
    uint64_t expected = 0;
    for (int i = 0; i < 200; i++) {
        expected = expected * 3 % 1000003 + 100 + (i & 1 ? 2 : 1);
    }
    check("an address remapped between two frames", sum, expected);
    paging_off();
}

static void reused_page(void) {
    // A page holds code, then data, then other code.
    uint8_t *at = page(6);
    uint64_t sum = 0;
    for (int i = 0; i < 30; i++) {
        for (int offset = 0; offset < 4096; offset += 64) {
            write_code(at + offset, (i + offset / 64) & 63);
        }
        fence_i();
        for (int offset = 0; offset < 4096; offset += 64) {
            sum = run(at + offset, sum);
        }
        for (int offset = 0; offset < 4096; offset += 8) {
            *(volatile uint64_t *)(at + offset) = sum;
        }
        sum += *(volatile uint64_t *)(at + 4088) == sum;
    }
    check("a page that holds code, data, and code again", sum, 30 * 2016 + 30);
}

static void copied(void) {
    // A routine with a loop, copied to several places and run there.
    static const uint32_t loop[] = {
        0x00000793, // li a5, 0
        0x00f787b3, // add a5, a5, a5 (kept busy)
        0x00178793, // addi a5, a5, 1
        0xfff50513, // addi a0, a0, -1
        0xfe051ae3, // bnez a0, -12
        0x00078513, // mv a0, a5
        RET,
    };
    uint64_t sum = 0;
    for (unsigned place = 0; place < 8; place++) {
        volatile uint32_t *to = (volatile uint32_t *)(page(7) + place * 256);
        for (unsigned i = 0; i < sizeof loop / 4; i++) {
            to[i] = loop[i];
        }
        fence_i();
        sum = sum * 7 + run((const void *)to, 10 + place);
    }
    uint64_t expected = 0;
    for (unsigned place = 0; place < 8; place++) {
        expected = expected * 7 + ((1ul << (10 + place)) - 1);
    }
    check("a loop copied to eight places", sum, expected);
}

void test(void) {
    patched_in_a_loop();
    patches_itself();
    data_beside_code();
    halves();
    other_privileges();
    reused_page();
    copied();
}
