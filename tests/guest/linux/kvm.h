// SPDX-License-Identifier: Apache-2.0
// What programs that use /dev/kvm share: its interface as far as they use it, and machines of one processor.
#ifndef KVM_H
#define KVM_H

#include "../../../benchmarks/linux/system.h"

enum { SYS_IOCTL = 29, SYS_OPENAT = 56 };
enum { AT_CURRENT = -100, READ_WRITE = 2 };
enum {
    API_VERSION = 0xae00, CREATE_VM = 0xae01, RUN_SIZE = 0xae04, CREATE_VCPU = 0xae41, RUN = 0xae80,
    MEMORY_REGION = 0x4020ae46, DIRTY_LOG = 0x4010ae42, GET_REGISTER = 0x4010aeab, SET_REGISTER = 0x4010aeac
};
enum { LOG_DIRTY_PAGES = 1 };
enum { EXIT_MMIO = 6, EXIT_SYSTEM_EVENT = 24, EXIT_SBI = 35, SHUTDOWN = 1 };
enum { PAGE = 4096 };

#define PC 0x8030000002000000ul // identifiers of core registers: the pc, and a0
#define A0 0x803000000200000aul

struct region {
    uint32_t slot, flags;
    uint64_t guest_physical, size, address;
};

struct log {
    uint32_t slot, padding;
    uint64_t bitmap;
};

struct run {
    uint8_t request[8];
    uint32_t reason, more[5];
    union {
        struct {
            uint64_t address;
            uint8_t data[8];
            uint32_t length;
            uint8_t write;
        } mmio;
        struct {
            uint64_t extension, function, arguments[6], results[2];
        } sbi;
        struct {
            uint32_t type;
        } event;
    } of;
};

static inline void write_all(const char *text) {
    size_t length = 0;
    while (text[length]) {
        length++;
    }
    call3(SYS_WRITE, 1, (long)text, (long)length);
}

// With the end of its line.
static inline void write_number(uint64_t value) {
    char digits[24];
    int at = sizeof digits;
    digits[--at] = 0;
    digits[--at] = '\n';
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    write_all(digits + at);
}

static __attribute__((noreturn)) void end(long status) {
    for (;;) {
        call3(SYS_EXIT_GROUP, status, 0, 0);
    }
}

static inline long need(const char *what, long result) {
    if (result < 0) {
        write_all(what);
        write_all(" failed\n");
        end(100);
    }
    return result;
}

static inline char *map(long bytes, long file) {
    return (char *)call6(SYS_MMAP, 0, bytes, PROT_READ | PROT_WRITE,
                         file < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED, file, 0);
}

static inline void set(long vcpu, uint64_t id, uint64_t value) {
    uint64_t one[2] = {id, (uint64_t)&value};
    need("setting a register", call3(SYS_IOCTL, vcpu, SET_REGISTER, (long)one));
}

static inline void add_memory(long vm, uint32_t slot, uint32_t flags, uint64_t guest_physical, uint64_t size, char *at) {
    struct region region = {slot, flags, guest_physical, size, (uint64_t)at};
    need("a memory region", call3(SYS_IOCTL, vm, MEMORY_REGION, (long)&region));
}

// Makes a machine of one processor without memory.
static inline long create_machine(long kvm) {
    return need("a machine", call3(SYS_IOCTL, kvm, CREATE_VM, 0));
}

// Makes its processor, which starts at `pc`.
// `run`: what the processor and this program share.
static inline long create_processor(long kvm, long machine, uint64_t pc, volatile struct run **run) {
    long processor = need("a processor", call3(SYS_IOCTL, machine, CREATE_VCPU, 0));
    *run = (volatile struct run *)map(need("its size", call3(SYS_IOCTL, kvm, RUN_SIZE, 0)), processor);
    set(processor, PC, pc);
    return processor;
}

static inline long open_kvm(void) {
    return need("/dev/kvm", call6(SYS_OPENAT, AT_CURRENT, (long)"/dev/kvm", READ_WRITE, 0, 0, 0));
}

#endif
