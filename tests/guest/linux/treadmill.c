// SPDX-License-Identifier: Apache-2.0
// A Linux program without a library that runs the treadmill given on standard input by /dev/kvm, and ends as it ends. The
// guest starts where its machine-mode shim would hand over to it: in supervisor mode, with the timer of Sstc. Behind what the
// guest prints it says how often the guest accessed a device, each of which is an exit.
#include "kvm.h"

#define RAM 0x80000000ul
#define RAM_SIZE 0x8000000ul
#define SUPERVISOR_START 0x80200000ul
#define FINISHER 0x100000ul
#define UART 0x10000000ul

enum { FEATURE_SSTC = 1 };
enum { LINE_STATUS = 5, READY_TO_SEND = 0x60 };
enum { LOADABLE = 1, FAILURE = 0x3333 };
enum { IMAGE_LIMIT = 8 << 20, TEXT_LIMIT = 4096 };

struct program_header {
    uint32_t type, flags;
    uint64_t offset, virtual, physical, in_file, in_memory, alignment;
};

static void load(char *ram, const char *image, long size) {
    uint64_t headers = *(const uint64_t *)(image + 32);
    for (int i = 0; i < *(const uint16_t *)(image + 56); i++) {
        const struct program_header *part = (const struct program_header *)(image + headers) + i;
        if (part->type != LOADABLE) {
            continue;
        }
        need("an image within its file", (long)((uint64_t)size - part->offset - part->in_file));
        need("an image within RAM", (long)(RAM_SIZE - (part->physical - RAM) - part->in_memory));
        for (uint64_t j = 0; j < part->in_file; j++) {
            ram[part->physical - RAM + j] = image[part->offset + j];
        }
    }
}

void _start(void) {
    char *image = map(IMAGE_LIMIT, -1);
    long size = 0;
    for (long more; (more = need("reading", call3(SYS_READ, 0, (long)(image + size), IMAGE_LIMIT - size))) > 0;) {
        size += more;
    }
    char *ram = map(RAM_SIZE, -1);
    load(ram, image, size);
    long kvm = open_kvm();
    long vm = create_machine(kvm);
    add_memory(vm, 0, 0, RAM, RAM_SIZE, ram);
    volatile struct run *run;
    long vcpu = create_processor(kvm, vm, SUPERVISOR_START, &run);
    set(vcpu, A0, FEATURE_SSTC);
    char text[TEXT_LIMIT];
    long length = 0;
    uint64_t accesses = 0;
    for (;;) {
        need("running", call3(SYS_IOCTL, vcpu, RUN, 0));
        if (run->reason != EXIT_MMIO) {
            write_all("an exit that is not of a device\n");
            end(101);
        }
        volatile uint8_t *data = run->of.mmio.data;
        accesses++;
        if (run->of.mmio.address == FINISHER) {
            uint32_t code = *(volatile uint32_t *)data;
            call3(SYS_WRITE, 1, (long)text, length);
            write_all("accesses of devices ");
            write_number(accesses);
            end((code & 0xffff) == FAILURE ? (long)(code >> 16) : 0);
        } else if (!run->of.mmio.write) {
            data[0] = run->of.mmio.address == UART + LINE_STATUS ? READY_TO_SEND : 0;
        } else if (run->of.mmio.address == UART && length < TEXT_LIMIT) {
            text[length++] = (char)data[0];
        }
    }
}
