// SPDX-License-Identifier: Apache-2.0
// Start, traps, timer, system calls, console, and the end.
#include "kernel.h"
#include "../syscalls.h"

#define SLICE 40000  // ticks of 10 MHz: 250 Hz

// The harness replaces this in the file.
struct parameters treadmill_params __attribute__((section(".data.parameters"))) = {"", PARAMETER_ASIDS};
u64 statistics[STATISTICS];
static u64 deadline;
extern char copy_user_failed[];

void finish(int code)
{
    __asm__ volatile("slti x0, x0, 2");
    *(volatile u32 *)virtual(FINISHER) = code ? (code & 0xffff) << 16 | 0x3333 : 0x5555;
    for (;;)
        __asm__ volatile("wfi");
}

void console_write(const char *text, u64 length)
{
    volatile u8 *uart = virtual(UART);
    for (u64 i = 0; i < length; i++) {
        while (!(uart[5] & 0x20))
            ;
        uart[0] = text[i];
    }
}

void panic(const char *message, u64 value)
{
    char number[18];
    u64 length = 0;
    while (message[length])
        length++;
    number[0] = ' ';
    for (int i = 0; i < 16; i++)
        number[i + 1] = "0123456789abcdef"[value >> (60 - 4 * i) & 15];
    number[17] = '\n';
    console_write("treadmill: panic: ", 18);
    console_write(message, length);
    console_write(number, 18);
    finish(99);
}

// ---- Timer ---------------------------------------------------------------------

static void timer_set(void)
{
    if (statistics[FEATURES] & FEATURE_SSTC)
        csr_write(0x14d, deadline);  // stimecmp
    else {
        register u64 a0 __asm__("a0") = deadline;
        __asm__ volatile("ecall" :: "r"(a0) : "memory");
    }
}

void timer_start(int features)
{
    statistics[FEATURES] = features;
    deadline = csr_read(time) + SLICE;
    timer_set();
    csr_write(sie, 1 << 5);
}

static void tick(void)
{
    statistics[TICKS]++;
    deadline += SLICE;
    u64 now = csr_read(time);
    if (deadline <= now)
        deadline = now + SLICE;
    timer_set();
    wake_sleepers();
}

void timer_idle(void)
{
    __asm__ volatile("wfi");
    if (csr_read(sip) & 1 << 5)
        tick();
}

// ---- System calls ----------------------------------------------------------------

static struct file *file_at(u64 fd, u64 writes)
{
    return fd < FILES && current->files[fd].pipe && current->files[fd].writes == writes ? &current->files[fd] : 0;
}

static long write(u64 fd, u64 from, u64 length)
{
    if (fd != 1) {
        struct file *file = file_at(fd, 1);
        return file ? pipe_write(file->pipe, from, length) : -1;
    }
    char buffer[128];
    for (u64 done = 0, n; done < length; done += n) {
        n = length - done < sizeof buffer ? length - done : sizeof buffer;
        if (copy_user(buffer, (void *)(from + done), n))
            return -1;
        console_write(buffer, n);
    }
    return length;
}

static long wait(u64 to)
{
    int status, id = process_wait(&status);
    if (id > 0 && to && copy_user((void *)to, &status, sizeof status))
        return -1;
    return id;
}

static long exec(u64 line)
{
    char buffer[256];
    for (u64 i = 0; i < sizeof buffer; i++) {
        if (copy_user(buffer + i, (void *)(line + i), 1))
            return -1;
        if (!buffer[i])
            return process_exec(buffer);
    }
    return -1;
}

static long system_call(const u64 *x)
{
    u64 a = x[10], b = x[11], c = x[12], d = x[13];
    struct space *space = current->space;
    switch (x[17]) {
    case SYS_EXIT: process_exit(a);
    case SYS_FORK: return process_fork();
    case SYS_EXEC: return exec(a);
    case SYS_WAIT: return wait(a);
    case SYS_YIELD: yield(); return 0;
    case SYS_SLEEP: process_sleep(a); return 0;
    case SYS_WRITE: return write(a, b, c);
    case SYS_READ: {
        struct file *file = file_at(a, 0);
        return file ? pipe_read(file->pipe, b, c) : -1;
    }
    case SYS_PIPE: return pipe_create(a);
    case SYS_CLOSE:
        if (a < FILES)
            file_close(&current->files[a]);
        return 0;
    case SYS_MMAP: return space_map(space, a, b, c & (R | W | X), d & MAP_HUGE ? AREA_HUGE : 0, 0, 0);
    case SYS_MUNMAP: return space_unmap(space, a, ROUND_UP(a + b, PAGE));
    case SYS_MPROTECT: return space_protect(space, a, ROUND_UP(a + b, PAGE), c & (R | W | X));
    case SYS_DISCARD: return space_discard(space, a, ROUND_UP(a + b, PAGE));
    case SYS_BRK: return space_brk(space, a);
    case SYS_LIMIT: user_pages_limit(a); return 0;
    case SYS_STATISTIC: return a < STATISTICS ? (long)statistics[a] : -1;
    default: return -1;
    }
}

// ---- Traps -------------------------------------------------------------------------

static u64 access_of(u64 cause)
{
    return cause == 12 ? X : cause == 13 ? R : cause == 15 ? W : 0;
}

void trap(struct trap_frame *frame)
{
    u64 cause = csr_read(scause), value = csr_read(stval);
    if (frame->status & 0x100) {  // from the kernel: only its copies to and from user memory may fault
        if (frame->pc < (u64)copy_user || frame->pc >= (u64)copy_user_failed || !access_of(cause))
            panic(cause == 5 ? "no memory (" RAM_SIZE " are needed); load at" : "trap in the kernel at", frame->pc);
        if (space_fault(current->space, value, access_of(cause)))
            frame->pc = (u64)copy_user_failed;
        return;
    }
    if ((long)cause < 0) {
        tick();
        yield();
    } else if (cause == 8) {
        frame->pc += 4;
        u64 number = frame->x[17];
        long result = system_call(frame->x);
        if (number != SYS_EXEC || result)
            frame->x[10] = result;
    } else if (!access_of(cause) || space_fault(current->space, value, access_of(cause))) {
        if (current->id == 1)
            panic("the program failed at", frame->pc);
        process_exit(access_of(cause) ? STATUS_FAULT : STATUS_ILLEGAL);
    }
}

void kernel_main(int features)
{
    // Devices: the finisher and the console, in 2 MiB leaves at physical + OFFSET like RAM.
    static pte devices[512] __attribute__((aligned(4096)));
    devices[0] = make_pte(0, V | R | W | A | D | G);
    devices[table_index(UART, 1)] = make_pte(UART, V | R | W | A | D | G);
    kernel_root[table_index(OFFSET, 2)] = make_pte(physical(devices), V);
    fences_start();
    *(volatile u64 *)virtual(RAM_END - 8);  // is there as much RAM as we take for granted?
    frames_start();
    timer_start(features);
    treadmill_params.text[sizeof treadmill_params.text - 1] = 0;
    processes_start(treadmill_params.text[0] ? treadmill_params.text : "selftest");
}
