// SPDX-License-Identifier: Apache-2.0
// Processes and threads that come and go.
#include "work.h"

static uint64_t compute(uint64_t work) {
    uint64_t sum = work + 1;
    for (uint64_t i = 0; i < work; i++) {
        sum = mix(sum, i);
    }
    return sum;
}

int leaf(uint64_t work) {
    return (int)(compute(work) & 0x7f);
}

// Children write to some of the pages they share with the parent, which copies them.
uint64_t workload_fork(const uint64_t *values) {
    uint64_t n = values[0], pages = values[1], writes = values[2], sum = 0;
    char *memory = map(pages, MAP_PRIVATE);
    uint64_t *answer = (uint64_t *)map(1, MAP_SHARED);
    for (uint64_t i = 0; i < pages; i++) {
        *(uint64_t *)(memory + i * PAGE) = i + 1;
    }
    begin();
    for (uint64_t i = 0; i < n; i++) {
        long child = fork_process();
        if (child == 0) {
            uint64_t seen = i;
            for (uint64_t w = 0; w < writes; w++) {
                uint64_t *word = (uint64_t *)(memory + (w * 7 + i) % pages * PAGE);
                seen = mix(seen, *word);
                *word = seen;
            }
            *answer = seen;
            leave(0);
        }
        wait_for(child);
        sum = mix(sum, *answer);
    }
    end();
    for (uint64_t i = 0; i < pages; i++) {
        sum = mix(sum, *(uint64_t *)(memory + i * PAGE)); // as before: the copies were the children's
    }
    return sum;
}

static void decimal(char *text, uint64_t value) {
    char digits[21];
    int length = 0;
    do {
        digits[length++] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    while (length > 0) {
        *text++ = digits[--length];
    }
    *text = 0;
}

static void become_leaf(void *work) {
    const char *arguments[] = {self, "leaf", work, 0};
    execute(self, arguments);
}

// Children become a small program.
uint64_t workload_forkexec(const uint64_t *values) {
    uint64_t sum = 0;
    char work[21];
    decimal(work, values[1]);
    begin();
    for (uint64_t i = 0; i < values[0]; i++) {
        long child = fork_process();
        if (child == 0) {
            become_leaf(work);
        }
        sum = mix(sum, (uint64_t)wait_for(child));
    }
    end();
    return sum;
}

// The same without copying the address space: the parent waits until the child has its own.
uint64_t workload_vforkexec(const uint64_t *values) {
    uint64_t sum = 0;
    char work[21];
    decimal(work, values[1]);
    char *stack = map(4, MAP_PRIVATE);
    begin();
    for (uint64_t i = 0; i < values[0]; i++) {
        long child = must("vfork", start_on(CLONE_VM | CLONE_VFORK | SIGCHLD, stack + 4 * PAGE, 0, become_leaf, work));
        sum = mix(sum, (uint64_t)wait_for(child));
    }
    end();
    return sum;
}

struct thread {
    uint64_t work;
    uint64_t result;
    int running; // the kernel clears it, and wakes who waits, when the thread has ended
};

static void run_thread(void *argument) {
    struct thread *thread = argument;
    thread->result = compute(thread->work);
}

// Threads on fresh stacks, joined one by one.
uint64_t workload_threads(const uint64_t *values) {
    enum { STACK_PAGES = 4 };
    uint64_t sum = 0;
    begin();
    for (uint64_t i = 0; i < values[0]; i++) {
        char *stack = map(STACK_PAGES, MAP_PRIVATE);
        struct thread thread = {.work = values[1] + i, .result = 0, .running = 1};
        must("clone", start_on(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM
                | CLONE_CHILD_CLEARTID, stack + STACK_PAGES * PAGE, &thread.running, run_thread, &thread));
        while (__atomic_load_n(&thread.running, __ATOMIC_ACQUIRE) != 0) {
            call6(SYS_FUTEX, (long)&thread.running, FUTEX_WAIT, 1, 0, 0, 0);
        }
        sum = mix(sum, thread.result);
        unmap(stack, STACK_PAGES);
    }
    end();
    return sum;
}
