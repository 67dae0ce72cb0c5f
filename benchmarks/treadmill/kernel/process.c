// SPDX-License-Identifier: Apache-2.0
// Processes: fork, exec, wait, exit, sleep, and a round-robin scheduler. The kernel itself is never preempted.
#include "kernel.h"

static struct process processes[PROCESSES];
static struct queue ready, sleepers;
static pte *stack_table;
static int last_id;
struct process *current;

static void queue_add(struct queue *queue, struct process *p)
{
    p->next = 0;
    if (!queue->head)
        queue->tail = &queue->head;
    *queue->tail = p;
    queue->tail = &p->next;
}

static struct process *queue_take(struct queue *queue)
{
    struct process *p = queue->head;
    if (p)
        queue->head = p->next;
    return p;
}

static void schedule(void)
{
    struct process *previous = current;
    while (!ready.head)
        timer_idle();  // in the address space of whoever ran last
    current = queue_take(&ready);
    space_load(current->space);
    if (current != previous)
        switch_context(&previous->context, &current->context);
}

void yield(void)
{
    queue_add(&ready, current);
    schedule();
}

void block(struct queue *queue)
{
    current->state = BLOCKED;
    queue_add(queue, current);
    schedule();
}

static void make_ready(struct process *p)
{
    p->state = RUNNABLE;
    queue_add(&ready, p);
}

void wake(struct queue *queue)
{
    for (struct process *p; (p = queue_take(queue)); )
        make_ready(p);
}

void process_sleep(u64 duration)
{
    current->wake = statistics[TICKS] + duration;
    block(&sleepers);
}

void wake_sleepers(void)
{
    struct queue all = sleepers;
    sleepers.head = 0;
    for (struct process *p = all.head, *next; p; p = next) {
        next = p->next;
        if (p->wake <= statistics[TICKS])
            make_ready(p);
        else
            queue_add(&sleepers, p);
    }
}

// When it is switched to, the process goes to user mode by its trap frame, which is all that its stack holds.
static void enters_by_frame(struct process *p)
{
    p->context.sp = (u64)p->frame;
    p->context.ra = (u64)trap_return;
}

// A free slot with a kernel stack. A stack stays mapped, in every address space, for the next user of the slot.
static struct process *process_create(void)
{
    struct process *p = processes;
    while (p->state != FREE)
        if (++p == processes + PROCESSES)
            return 0;
    u64 top = STACKS + (p - processes + 1) * STACK_SLOT;
    for (u64 va = top - STACK_SIZE; va < top; va += PAGE) {
        pte *e = &stack_table[table_index(va, 0)];
        if (*e)
            continue;
        pte_store(e, make_pte(page_alloc(), V | R | W | A | D | G));
        fence_kernel_page(va);
    }
    p->state = RUNNABLE;
    p->id = ++last_id;
    p->frame = (struct trap_frame *)(top - sizeof(struct trap_frame));
    enters_by_frame(p);
    p->parent = current;
    p->exits.head = 0;
    for (int i = 0; i < FILES; i++)
        p->files[i].pipe = 0;
    return p;
}

static const u8 *find_program(const char *line)
{
    for (const struct program *p = programs; p->name; p++) {
        int i = 0;
        while (p->name[i] && p->name[i] == line[i])
            i++;
        if (!p->name[i] && (!line[i] || line[i] == ' '))
            return p->image;
    }
    return 0;
}

// The current process goes on as the program named by the first word of the line, which the program is given.
int process_exec(const char *line)
{
    const u8 *image = find_program(line);
    if (!image)
        return -1;
    struct space *old = current->space;
    struct trap_frame *frame = current->frame;
    current->space = space_create();
    for (int i = 0; i < 32; i++)
        frame->x[i] = 0;
    frame->pc = space_exec(current->space, image);
    space_load(current->space);
    if (old) {
        space_clear(old);
        space_destroy(old);
    }
    u64 length = 0;
    while (line[length++])
        ;
    u64 top = USER_STACK + USER_STACK_SIZE - ROUND_UP(length, 16);
    frame->x[2] = frame->x[10] = top;
    return copy_user((void *)top, line, length);
}

// The current process leaves the kernel by its frame, whatever else is on its stack.
static void __attribute__((noreturn)) process_enter(void)
{
    struct context left;
    enters_by_frame(current);
    switch_context(&left, &current->context);
    __builtin_unreachable();
}

void processes_start(const char *line)
{
    static pte stack_middle[512] __attribute__((aligned(4096))), stack_leaf[512] __attribute__((aligned(4096)));
    stack_table = stack_leaf;
    kernel_root[table_index(STACKS, 2)] = make_pte(physical(stack_middle), V);
    stack_middle[table_index(STACKS, 1)] = make_pte(physical(stack_leaf), V);
    fence_all();
    current = process_create();
    current->frame->status = (csr_read(sstatus) & ~0x100UL) | 0x20;  // to user mode, interrupts on
    if (process_exec(line))
        panic("no such program", 0);
    process_enter();
}

// The first process has ended well: it starts again as often as the parameters say.
static void __attribute__((noreturn)) start_again(void)
{
    for (int i = 0; i < FILES; i++)
        file_close(&current->files[i]);
    user_pages_limit(0);
    if (process_exec(treadmill_params.text))
        panic("no such program", 0);
    process_enter();
}

int process_fork(void)
{
    struct process *p = process_create();
    if (!p)
        return -1;
    for (int i = 0; i < FILES; i++)
        if (current->files[i].pipe) {
            p->files[i] = current->files[i];
            file_share(&p->files[i]);
        }
    p->space = space_fork(current->space);
    *p->frame = *current->frame;
    p->frame->x[10] = 0;
    make_ready(p);
    return p->id;
}

static void reap(struct process *p)
{
    space_destroy(p->space);  // not loaded: whoever reaps runs in another
    p->state = FREE;
}

int process_wait(int *status)
{
    for (;;) {
        int children = 0;
        for (struct process *p = processes; p < processes + PROCESSES; p++) {
            if (p->state == FREE || p->parent != current)
                continue;
            children = 1;
            if (p->state == ZOMBIE) {
                *status = p->status;
                reap(p);
                return p->id;
            }
        }
        if (!children)
            return -1;
        block(&current->exits);
    }
}

void process_exit(int status)
{
    static u32 runs;
    if (current->id == 1) {
        if (status || runs++ == treadmill_params.flags >> PARAMETER_REPEATS)
            finish(status);
        start_again();
    }
    for (int i = 0; i < FILES; i++)
        file_close(&current->files[i]);
    space_clear(current->space);
    // Orphans go to the first process.
    for (struct process *p = processes; p < processes + PROCESSES; p++)
        if (p->state != FREE && p->parent == current) {
            p->parent = processes;
            wake(&processes->exits);
        }
    current->state = ZOMBIE;
    current->status = status;
    wake(&current->parent->exits);
    schedule();
    __builtin_unreachable();
}
