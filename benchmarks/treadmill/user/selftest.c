// SPDX-License-Identifier: Apache-2.0
// Runs when no workload is named: properties of the kernel, then every workload with small parameters.
// One line for each; the exit status is 0 if all passed.
#include "lib.h"

// As in kernel.h.
enum { FAULTS, COPIES, SWAPPED_OUT, SWAPPED_IN, CLEAN_DROPPED, ROLLOVERS, SUPERPAGES, SPLITS, TICKS };

static int failures;

static void check(const char *what, int passed)
{
    print(passed ? "PASS " : "FAIL ");
    print(what);
    print("\n");
    failures += !passed;
}

// Exit status of a child that runs the function.
static int child(int (*function)(void *), void *argument)
{
    int status = -1;
    if (!fork())
        exit(function(argument));
    wait(&status);
    return status;
}

static int store(void *at) { *(volatile u64 *)at = 1; return 0; }
static int load(void *at) { *(volatile u64 *)at; return 0; }
static int fetch(void *at) { ((void (*)(void))at)(); return 0; }
static int illegal(void *at) { __asm__ volatile("csrr x0, sstatus"); return at != 0; }
static int overflow(void *at)
{
    volatile u8 a[PAGE];
    a[0] = 1;
    return at ? overflow((void *)(a + 1)) + a[0] : 0;
}

// The same without a fork, and its fence, between the change and the access.
static int store_after_protect(void *at)
{
    store(at);
    mprotect(at, PAGE, READ);
    return store(at);
}

static int load_after_unmap(void *at)
{
    store(at);
    munmap(at, PAGE);
    return load(at);
}

static int store_after_discard(void *at)
{
    u64 *word = at;
    *word = 3;
    discard(at, PAGE);
    return *word != 0;
}

// Regions with page tables of their own come and go, and each time another takes the freed table first.
static int tables_in_turn(void *at)
{
    u8 *other = (u8 *)at + 0x10000000;
    for (u64 i = 0; i < 40; i++) {
        for (u64 r = 0; r < 8; r++) {
            u64 *region = (u64 *)((u8 *)at + (i * 5 + r * 3) % 8 * 0x200000);
            if (i >= 8 && *region != (u64)region + i - 1)
                return 1;
            if ((i + r) % 3 == 0 || i < 8) {
                munmap(region, 2 * PAGE);
                munmap((u8 *)region + 0x100000, PAGE);
                munmap(other, PAGE);
                other += 0x200000;
                store(mmap(other, PAGE, READ | WRITE, 0));
                if (r % 2)
                    mmap((u8 *)region + 0x100000, PAGE, READ | WRITE, 0);
                mmap(region, 2 * PAGE, READ | WRITE, 0);
                if (*region || region[WORDS])
                    return 2;
            }
            *region = (u64)region + i;
        }
    }
    return 0;
}

static void memory(void)
{
    u64 *a = pages_new(4);
    int ok = 1;
    for (u64 i = 0; i < 4 * WORDS; i++)
        ok &= !a[i];
    check("fresh pages are zero", ok);

    a[0] = 5;
    int status = child(store, a);
    check("a child's store is not seen by its parent", status == 0 && a[0] == 5);
    check("the last owner of a shared page may write to it", (a[0] = 6) == 6);

    mprotect(a, PAGE, READ);
    check("a store to a read-only page kills", child(store, a) == STATUS_FAULT && a[0] == 6);
    mprotect(a, PAGE, READ | WRITE);
    a[0] = 7;
    check("a page can be made writable again", a[0] == 7);
    check("a fetch from a page of data kills", child(fetch, a) == STATUS_FAULT);
    u64 *b = mmap(0, PAGE, WRITE, 0);
    check("a page mapped for writing can be read", child(store, b) == 0 && child(load, b) == 0);
    munmap(b, PAGE);
    check("a page mapped for nothing kills", child(load, mmap(0, PAGE, 0, 0)) == STATUS_FAULT);
    munmap(a + WORDS, PAGE);
    check("a load from an unmapped page kills", child(load, a + WORDS) == STATUS_FAULT);
    check("its neighbours stay", child(load, a + 2 * WORDS) == 0);
    check("a load from the kernel's half kills", child(load, (void *)0xffffffc080200000) == STATUS_FAULT);
    check("a privileged instruction kills", child(illegal, 0) == STATUS_ILLEGAL);
    check("a stack that grows too far kills", child(overflow, a) == STATUS_FAULT);
    check("a bad address given to the kernel is an error", write(1, (void *)0x1234567000, 8) == -1);
    check("a bad range is an error", munmap((void *)1, PAGE) == -1 && mprotect((void *)PAGE, PAGE, READ) == -1);
    discard(a, PAGE);
    check("a discarded page is zero", a[0] == 0);
    a[2 * WORDS] = a[3 * WORDS] = 1;
    check("a page just made read-only is", child(store_after_protect, a + 2 * WORDS) == STATUS_FAULT);
    check("a page just unmapped is gone", child(load_after_unmap, a + 2 * WORDS) == STATUS_FAULT);
    check("a page just discarded is zero", child(store_after_discard, a + 2 * WORDS) == 0 && a[2 * WORDS] == 1);
    check("page tables are used again", child(tables_in_turn, (void *)0x3100000000) == 0);
    u8 *heap = sbrk(3 * PAGE);
    heap[0] = heap[3 * PAGE - 1] = 9;
    sbrk(-3 * (long)PAGE);
    check("the heap shrinks", child(load, heap + PAGE) == STATUS_FAULT);
    sbrk(3 * PAGE);
    check("and grows with zeroes", heap[0] == 0 && heap[3 * PAGE - 1] == 0);
}

static void pipes(void)
{
    int fds[2], big[2];
    u64 word = 1, sum = 0;
    pipe(fds);
    if (!fork()) {
        close(fds[0]);
        for (u64 i = 0; i < 1000; i++)
            write_all(fds[1], &i, sizeof i);
        exit(0);
    }
    close(fds[1]);
    while (read(fds[0], &word, sizeof word) == sizeof word)
        sum += word;
    close(fds[0]);
    wait(0);
    check("a pipe carries all and then ends", sum == 999 * 500);
    pipe(big);
    close(big[0]);
    check("a pipe without a reader is an error", write(big[1], &sum, sizeof sum) == -1);
    close(big[1]);
    check("a program that does not exist is an error", exec("nothing") == -1);
    check("no child is left", wait(0) == -1);
}

static void preemption(void)
{
    int fds[2];
    u64 first = 0, second = 0;
    pipe(fds);
    if (!fork()) {
        sleep(1);
        first = 1;
        write_all(fds[1], &first, sizeof first);
        exit(0);
    }
    if (!fork()) {  // spins longer than the other sleeps
        for (u64 start = statistic(TICKS); statistic(TICKS) < start + 2; )
            for (volatile int i = 0; i < 1000; i++)
                ;
        second = 2;
        write_all(fds[1], &second, sizeof second);
        exit(0);
    }
    read_all(fds[0], &first, sizeof first);
    read_all(fds[0], &second, sizeof second);
    while (wait(0) > 0)
        ;
    check("a process that spins is preempted", first == 1 && second == 2);
    close(fds[0]);
    close(fds[1]);
}

static void reclaim(void)
{
    u64 *a = pages_new(100), out = statistic(SWAPPED_OUT), in = statistic(SWAPPED_IN), clean = statistic(CLEAN_DROPPED);
    limit_pages(60);
    int ok = 1;
    for (u64 i = 0; i < 100; i++)
        a[i * WORDS] = i * i;
    for (u64 round = 0; round < 2; round++)
        for (u64 i = 0; i < 100; i++)
            ok &= a[i * WORDS] == i * i;
    int status = -1, id = fork();
    if (!id) {
        for (u64 i = 0; i < 100; i += 3)
            a[i * WORDS] += 1;
        for (u64 i = 0; i < 100; i++)
            ok &= a[i * WORDS] == i * i + (i % 3 == 0);
        exit(ok ? 0 : 1);
    }
    wait(&status);
    for (u64 i = 0; i < 100; i++)
        ok &= a[i * WORDS] == i * i;
    limit_pages(0);
    check("pages survive reclaim, in parent and child", ok && status == 0);
    check("pages were swapped out and in", statistic(SWAPPED_OUT) > out && statistic(SWAPPED_IN) > in);
    check("clean pages were dropped", statistic(CLEAN_DROPPED) > clean);
    munmap(a, 100 * PAGE);
}

static void superpages(void)
{
    u64 *a = mmap(0, 1024 * PAGE, READ | WRITE, MAP_HUGE), count = statistic(SUPERPAGES), splits = statistic(SPLITS);
    int ok = 1;
    for (u64 i = 0; i < 1024; i++)
        a[i * WORDS] = i;
    check("a large mapping gets superpages", statistic(SUPERPAGES) == count + 2);
    check("a shared superpage is copied by the writer", child(store, a) == 0 && a[0] == 0);
    a[0] = 0;
    mprotect(a + 100 * WORDS, 8 * PAGE, READ);
    check("a part of a superpage can be protected", child(store, a + 100 * WORDS) == STATUS_FAULT);
    munmap(a + 700 * WORDS, PAGE);
    check("a part of a superpage can be unmapped", child(load, a + 700 * WORDS) == STATUS_FAULT);
    for (u64 i = 0; i < 1024; i++)
        ok &= i == 700 || a[i * WORDS] == i;
    check("the rest of it stays", ok && statistic(SPLITS) > splits);
    munmap(a, 1024 * PAGE);
}

static void workloads(void)
{
    static const struct { const char *line; u64 checksum; } small[] = {
#include "selftest.inc"
    };
    for (u64 i = 0; i < sizeof small / sizeof *small; i++) {
        char line[128], *to = line;
        const char *from = small[i].line;
        int fds[2], status = -1;
        u64 checksum = 0;
        pipe(fds);
        while (*from && *from != ' ')
            *to++ = *from++;
        to = append_number(append(to, " @"), fds[1]);
        append(to, from);
        if (!fork()) {
            exec(line);
            exit(1);
        }
        close(fds[1]);
        read(fds[0], &checksum, sizeof checksum);
        close(fds[0]);
        wait(&status);
        limit_pages(0);
        check(small[i].line, status == 0 && checksum == small[i].checksum);
    }
}

int main(void)
{
    memory();
    pipes();
    preemption();
    reclaim();
    superpages();
    workloads();
    print(failures ? "FAIL treadmill\n" : "PASS treadmill\n");
    return failures != 0;
}
