// SPDX-License-Identifier: Apache-2.0
// Processes that wait for each other, and signals.
#include "work.h"

enum { MOST_PROCESSES = 64 };

static void check_processes(uint64_t processes) {
    if (processes < 2 || processes > MOST_PROCESSES) {
        fail("processes is not between 2 and 64", 0);
    }
}

static void touch(char *memory, uint64_t pages) {
    for (uint64_t i = 0; i < pages; i++) {
        (*(volatile uint64_t *)(memory + i * PAGE))++;
    }
}

// A token goes round a ring of processes through pipes; each touches some pages of its own when it has it.
uint64_t workload_pipe(const uint64_t *values) {
    uint64_t processes = values[0], rounds = values[1], pages = values[2], token = 1;
    int pipes[MOST_PROCESSES][2];
    long children[MOST_PROCESSES];
    check_processes(processes);
    char *memory = map(pages + 1, MAP_PRIVATE);
    for (uint64_t i = 0; i < processes; i++) {
        must("pipe2", call3(SYS_PIPE2, (long)pipes[i], 0, 0));
    }
    for (uint64_t i = 1; i < processes; i++) {
        children[i] = fork_process();
        if (children[i] == 0) {
            for (uint64_t round = 0; round <= rounds; round++) {
                read_all(pipes[i - 1][0], &token, sizeof token);
                touch(memory, pages);
                token = mix(token, i);
                write_all(pipes[i][1], &token, sizeof token);
            }
            leave(0);
        }
    }
    // The first round lets every process get going.
    for (uint64_t round = 0; round <= rounds; round++) {
        if (round == 1) {
            begin();
        }
        touch(memory, pages);
        write_all(pipes[0][1], &token, sizeof token);
        read_all(pipes[processes - 1][0], &token, sizeof token);
    }
    end();
    for (uint64_t i = 1; i < processes; i++) {
        wait_for(children[i]);
    }
    return token;
}

struct baton {
    int turn; // whose it is
    uint64_t sum;
};

static void pass(struct baton *baton, int from, int to) {
    for (;;) {
        int turn = __atomic_load_n(&baton->turn, __ATOMIC_ACQUIRE);
        if (turn == from) {
            break;
        }
        call6(SYS_FUTEX, (long)&baton->turn, FUTEX_WAIT, turn, 0, 0, 0);
    }
    baton->sum = mix(baton->sum, (uint64_t)from);
    __atomic_store_n(&baton->turn, to, __ATOMIC_RELEASE);
    call6(SYS_FUTEX, (long)&baton->turn, FUTEX_WAKE, MOST_PROCESSES, 0, 0, 0);
}

// A word in shared memory says whose turn it is; everybody waits for it in the kernel.
uint64_t workload_futex(const uint64_t *values) {
    uint64_t processes = values[0], rounds = values[1];
    long children[MOST_PROCESSES];
    check_processes(processes);
    struct baton *baton = (struct baton *)map(1, MAP_SHARED);
    for (uint64_t i = 1; i < processes; i++) {
        children[i] = fork_process();
        if (children[i] == 0) {
            for (uint64_t round = 0; round <= rounds; round++) {
                pass(baton, (int)i, (int)((i + 1) % processes));
            }
            leave(0);
        }
    }
    for (uint64_t round = 0; round <= rounds; round++) {
        if (round == 1) {
            begin();
        }
        pass(baton, 0, 1);
    }
    for (uint64_t i = 1; i < processes; i++) {
        wait_for(children[i]);
    }
    end();
    return mix(baton->sum, (uint64_t)baton->turn);
}

static volatile uint64_t handled;
static uint64_t closed_pages;
static char *closed;

static void count(int signal, void *information, void *context) {
    (void)signal;
    (void)information;
    (void)context;
    handled++;
}

// Opens the page that was written to.
static void open_page(int signal, void *information, void *context) {
    (void)signal;
    (void)context;
    uint64_t address = *(uint64_t *)((char *)information + 16); // si_addr
    if (address - (uint64_t)closed >= closed_pages * PAGE) {
        leave(3);
    }
    must("mprotect", call3(SYS_MPROTECT, (long)(address & -(uint64_t)PAGE), PAGE, PROT_READ | PROT_WRITE));
    handled++;
}

static void handle(int signal, void (*handler)(int, void *, void *)) {
    struct {
        void (*handler)(int, void *, void *);
        uint64_t flags;
        uint64_t mask;
    } action = {handler, SA_SIGINFO, 0};
    must("sigaction", call6(SYS_SIGACTION, signal, (long)&action, 0, sizeof action.mask, 0, 0));
}

// Signals that a process sends itself, and write barriers: pages that are closed, and opened by the handler of the fault.
uint64_t workload_signal(const uint64_t *values) {
    uint64_t n = values[0], sum = 0;
    long me = call3(SYS_GETPID, 0, 0, 0);
    closed_pages = values[1];
    closed = map(closed_pages, MAP_PRIVATE);
    handle(SIGUSR1, count);
    handle(SIGSEGV, open_page);
    touch(closed, closed_pages);
    begin();
    for (uint64_t i = 0; i < n; i++) {
        must("kill", call3(SYS_KILL, me, SIGUSR1, 0));
        sum = mix(sum, handled);
        if (i % 16 == 0) {
            must("mprotect", call3(SYS_MPROTECT, (long)closed, (long)(closed_pages * PAGE), PROT_READ));
            touch(closed, closed_pages);
            sum = mix(sum, handled);
        }
    }
    end();
    for (uint64_t i = 0; i < closed_pages; i++) {
        sum = mix(sum, *(uint64_t *)(closed + i * PAGE));
    }
    return sum;
}
