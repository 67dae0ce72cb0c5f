// SPDX-License-Identifier: Apache-2.0
// A Linux program without a library: says which extensions the kernel knows of, and counts and samples by perf events.
#include "../../../benchmarks/linux/system.h"

enum { SYS_IOCTL = 29, SYS_PERF_EVENT_OPEN = 241, SYS_RISCV_HWPROBE = 258 };
enum { KEY_EXTENSIONS = 4 };
enum { HARDWARE = 0, CACHE = 3, RAW = 4 };
enum { CYCLES = 0, INSTRUCTIONS = 1, STORES_MISSING_DTLB = 3 | 1 << 8 | 1 << 16, EXITS = 15 };
enum { ENABLE = 0x2400, DISABLE = 0x2401 };
enum { DISABLED = 1, EXCLUDE_USER = 1 << 4, EXCLUDE_KERNEL = 1 << 5, SAMPLE_IP = 1, SAMPLE_SIZE = 16 };
enum { PAGE = 4096, PAGES = 512, ROUNDS = 1000000, PERIOD = 100000 };

struct attributes {
    uint32_t type, size;
    uint64_t config, period, sample_type, read_format, flags;
    uint32_t wakeup, breakpoint;
    uint64_t config1, config2;
};

static void write_all(const char *text) {
    size_t length = 0;
    while (text[length]) {
        length++;
    }
    call3(SYS_WRITE, 1, (long)text, (long)length);
}

static void say(const char *name, uint64_t value) {
    char digits[24];
    int at = sizeof digits;
    digits[--at] = 0;
    digits[--at] = '\n';
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    write_all(name);
    write_all(" ");
    write_all(digits + at);
}

static long open_event(uint32_t type, uint64_t config, uint64_t flags, uint64_t period) {
    struct attributes a = {.type = type, .size = sizeof a, .config = config, .period = period,
        .sample_type = period ? SAMPLE_IP : 0, .flags = DISABLED | flags, .wakeup = 1};
    return call6(SYS_PERF_EVENT_OPEN, (long)&a, 0, -1, -1, 0, 0);
}

static __attribute__((noinline)) void spin(void) {
    long n = ROUNDS;
    __asm__ volatile("1: addi %0, %0, -1\n bnez %0, 1b" : "+r"(n));
}

static char *map(long pages) {
    return (char *)call6(SYS_MMAP, 0, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void store_to_pages(void) {
    volatile char *at = map(PAGES);
    for (int i = 0; i < PAGES; i++) {
        at[(long)i * PAGE] = 1;
    }
}

static void count(const char *name, uint32_t type, uint64_t config, uint64_t flags, void (*work)(void)) {
    long event = open_event(type, config, flags, 0);
    uint64_t value = 0;
    if (event < 0) {
        say(name, (uint64_t)event);
        return;
    }
    call3(SYS_IOCTL, event, ENABLE, 0);
    work();
    call3(SYS_IOCTL, event, DISABLE, 0);
    call3(SYS_READ, event, (long)&value, sizeof value);
    say(name, value);
    call3(SYS_CLOSE, event, 0, 0);
}

// Samples are in the second page, how many bytes of them is in the first, at 1024.
static void sample(void) {
    long event = open_event(HARDWARE, INSTRUCTIONS, EXCLUDE_KERNEL, PERIOD);
    if (event < 0) {
        say("samples", (uint64_t)event);
        return;
    }
    char *ring = (char *)call6(SYS_MMAP, 0, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, event, 0);
    call3(SYS_IOCTL, event, ENABLE, 0);
    spin();
    call3(SYS_IOCTL, event, DISABLE, 0);
    uint64_t size = *(volatile uint64_t *)(ring + 1024), here = 0;
    for (uint64_t at = 0; at < size; at += SAMPLE_SIZE) {
        uint64_t ip = *(volatile uint64_t *)(ring + PAGE + at + 8);
        here += ip >= (uint64_t)spin && ip < (uint64_t)spin + 64;
    }
    say("samples", size / SAMPLE_SIZE);
    say("samples-of-spin", here);
}

void _start(void) {
    struct { int64_t key; uint64_t value; } extensions = {KEY_EXTENSIONS, 0};
    call6(SYS_RISCV_HWPROBE, (long)&extensions, 1, 0, 0, 0, 0);
    say("hwprobe", extensions.value);
    count("instructions:u", HARDWARE, INSTRUCTIONS, EXCLUDE_KERNEL, spin);
    count("instructions:k", HARDWARE, INSTRUCTIONS, EXCLUDE_USER, spin);
    count("cycles", HARDWARE, CYCLES, 0, spin);
    count("dTLB-store-misses", CACHE, STORES_MISSING_DTLB, EXCLUDE_KERNEL, store_to_pages);
    count("exits", RAW, EXITS, 0, store_to_pages);
    sample();
    call3(SYS_EXIT_GROUP, 0, 0, 0);
}
