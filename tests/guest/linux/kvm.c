// SPDX-License-Identifier: Apache-2.0
// A Linux program without a library that runs a bare guest by /dev/kvm: memory, calls, an emulated device, the guest's own
// page tables and timer, a log of changed pages. It prints what it finds, and ends with the number of what is wrong.
#include "kvm.h"

enum { PAGES = 512, LOGGED = 256, DEVICE_STORES = 100 };

#define MEMORY 0x80000000ul
#define MORE 0x90000000ul // the region whose changes are logged
#define DEVICE 0x10000000ul

// ---- the guest: VS mode, its translation off at first. It is copied, so all of it is here, relative to its pc.

__asm__(".pushsection .text.guest, \"ax\"\n"
        ".balign 4096\n"
        "guest_begin:\n"
        "    la sp, guest_end + 4096\n"
        "    la t0, guest_trap\n"
        "    csrw stvec, t0\n"
        // Calls that its hypervisor's kernel does not know: three characters.
        "    li a7, 0x09000001\n"
        "    li a0, 'k'\n    ecall\n"
        "    li a0, 'v'\n    ecall\n"
        "    li a0, 'm'\n    ecall\n"
        // Every third page of the logged region.
        "    li t0, 0x90000000\n"
        "    li t1, 256\n"
        "    li t2, 0\n"
        "1:  li t3, 3\n"
        "    rem t3, t2, t3\n"
        "    bnez t3, 2f\n"
        "    sd t2, 0(t0)\n"
        "2:  li t3, 4096\n"
        "    add t0, t0, t3\n"
        "    addi t2, t2, 1\n"
        "    blt t2, t1, 1b\n"
        // The device adds up what is stored and gives the sum.
        "    li t0, 0x10000000\n"
        "    li t1, 100\n"
        "1:  sw t1, 0(t0)\n"
        "    addi t1, t1, -1\n"
        "    bnez t1, 1b\n"
        "    lw s0, 0(t0)\n"
        // Its own tables, Sv39: a gigabyte each, itself at itself, and the logged region at 0x10_0000_0000.
        "    la t0, guest_tables\n"
        "    li t1, 0x200000cf\n"
        "    sd t1, 16(t0)\n"
        "    sd t1, 512(t0)\n"
        "    srli t1, t0, 12\n"
        "    li t2, 8\n"
        "    slli t2, t2, 60\n"
        "    or t1, t1, t2\n"
        "    csrw satp, t1\n"
        "    sfence.vma\n"
        "    li t0, 0x1010006000\n" // page 6, through them
        "    ld s1, 0(t0)\n"
        "    li t1, 0x77\n"
        "    li t2, 4096\n"
        "    add t0, t0, t2\n"
        "    sd t1, 0(t0)\n"
        // Work in them, long enough to become hot: the sum of a page, over and over.
        "    li s2, 0\n"
        "    li t3, 20000\n"
        "1:  li t0, 0x1010000000\n"
        "    li t1, 64\n"
        "2:  ld t2, 0(t0)\n"
        "    add s2, s2, t2\n"
        "    addi t0, t0, 8\n"
        "    addi s2, s2, 1\n"
        "    addi t1, t1, -1\n"
        "    bnez t1, 2b\n"
        "    addi t3, t3, -1\n"
        "    bnez t3, 1b\n"
        // A fault of its own, and its timer: each is noted by the handler in s3, by a bit.
        "    li s3, 0\n"
        "    li t0, 0x4000000000\n"
        "    ld t1, -8(t0)\n"
        "    rdtime t0\n"
        "    li t1, 5000\n"
        "    add t0, t0, t1\n"
        "    csrw 0x14d, t0\n"
        "    li t0, 32\n"
        "    csrs sie, t0\n"
        "    csrsi sstatus, 2\n"
        "1:  wfi\n"
        "    andi t0, s3, 32\n"
        "    beqz t0, 1b\n"
        // What it found, as another call, and the end.
        "    li a7, 0x09000000\n"
        "    mv a0, s0\n"
        "    mv a1, s1\n"
        "    mv a2, s2\n"
        "    mv a3, s3\n"
        "    ecall\n"
        "    li a7, 0x53525354\n"
        "    li a6, 0\n"
        "    li a0, 0\n"
        "    li a1, 0\n"
        "    ecall\n"
        "3:  j 3b\n"
        ".balign 4\n"
        "guest_trap:\n"
        "    csrr t5, scause\n"
        "    bltz t5, 4f\n"
        "    ori s3, s3, 1\n"
        "    csrr t5, sepc\n"
        "    addi t5, t5, 4\n"
        "    csrw sepc, t5\n"
        "    sret\n"
        "4:  ori s3, s3, 32\n"
        "    li t5, 32\n"
        "    csrc sie, t5\n"
        "    sret\n"
        ".balign 4096\n"
        "guest_tables:\n"
        "    .zero 4096\n"
        "guest_end:\n"
        ".popsection\n");

extern const char guest_begin[], guest_end[];

// ---- its hypervisor

static long wrong;

static void say(const char *name, uint64_t value, uint64_t expected) {
    write_all(name);
    write_all(" ");
    if (value != expected) {
        wrong++;
        write_all("WRONG ");
    }
    write_number(value);
}

static uint64_t dirty(long vm, uint64_t *bitmap) {
    struct log log = {1, 0, (uint64_t)bitmap};
    need("the log", call3(SYS_IOCTL, vm, DIRTY_LOG, (long)&log));
    uint64_t count = 0;
    for (int page = 0; page < LOGGED; page++) {
        count += bitmap[page / 64] >> page % 64 & 1;
    }
    return count;
}

void _start(void) {
    long kvm = open_kvm();
    say("version", (uint64_t)call3(SYS_IOCTL, kvm, API_VERSION, 0), 12);
    long vm = create_machine(kvm);
    char *memory = map(PAGES * PAGE, -1);
    char *logged = map(LOGGED * PAGE, -1);
    for (long i = 0; i < guest_end - guest_begin; i++) {
        memory[i] = guest_begin[i];
    }
    add_memory(vm, 0, 0, MEMORY, PAGES * PAGE, memory);
    add_memory(vm, 1, LOG_DIRTY_PAGES, MORE, LOGGED * PAGE, logged);
    volatile struct run *run;
    long vcpu = create_processor(kvm, vm, MEMORY, &run);
    uint64_t sum = 0, stores = 0, loads = 0, calls = 0;
    char text[8] = {0};
    for (;;) {
        need("running", call3(SYS_IOCTL, vcpu, RUN, 0));
        if (run->reason == EXIT_MMIO && run->of.mmio.address == DEVICE && run->of.mmio.length == 4) {
            volatile uint32_t *data = (volatile uint32_t *)run->of.mmio.data;
            if (run->of.mmio.write) {
                sum += *data;
                stores++;
            } else {
                *data = (uint32_t)sum;
                loads++;
            }
        } else if (run->reason == EXIT_SBI && run->of.sbi.extension == 0x09000001) {
            text[calls++ & 7] = (char)run->of.sbi.arguments[0];
            run->of.sbi.results[0] = 0;
        } else if (run->reason == EXIT_SBI && run->of.sbi.extension == 0x09000000) {
            say("device", run->of.sbi.arguments[0], 5050);
            say("memory", run->of.sbi.arguments[1], 6);
            say("work", run->of.sbi.arguments[2], 64 * 20000);
            say("traps", run->of.sbi.arguments[3], 33);
            run->of.sbi.results[0] = 0;
        } else if (run->reason == EXIT_SYSTEM_EVENT) {
            say("end", run->of.event.type, SHUTDOWN);
            break;
        } else {
            say("exit", run->reason, 0);
            end(101);
        }
    }
    write_all("text ");
    write_all(text);
    write_all("\n");
    say("calls", calls, 3);
    say("stores", stores, DEVICE_STORES);
    say("loads", loads, 1);
    uint64_t bitmap[LOGGED / 64];
    say("changed", dirty(vm, bitmap), LOGGED / 3 + 2);
    say("changed-through-tables", bitmap[0] >> 7 & 1, 1);
    say("changed-since", dirty(vm, bitmap), 0);
    say("its-store", (uint64_t)logged[7 * PAGE], 0x77);
    end(wrong);
}
