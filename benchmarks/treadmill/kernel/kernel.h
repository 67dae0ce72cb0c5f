// SPDX-License-Identifier: Apache-2.0
// Declarations shared by the parts of the treadmill kernel.
#pragma once

typedef unsigned long u64;
typedef unsigned int u32;
typedef unsigned short u16;
typedef unsigned char u8;

#include "layout.h"

// ---- Parameters: what the harness patches into the file --------------------

struct parameters {
    char text[256];  // NUL-terminated program and arguments; empty: self-test
    u32 flags;       // PARAMETER_*
};
extern struct parameters treadmill_params;

static inline int parameter(u32 flag) { return (treadmill_params.flags & flag) != 0; }

// ---- Page-table entries ----------------------------------------------------

typedef u64 pte;
enum { V = 1, R = 2, W = 4, X = 8, U = 16, G = 32, A = 64, D = 128 };

#define PAGE 4096UL
#define BLOCK (512 * PAGE)
#define ROUND_DOWN(a, b) ((a) & ~((b) - 1))
#define ROUND_UP(a, b) ROUND_DOWN((a) + (b) - 1, b)

static inline void *virtual(u64 pa) { return (void *)(pa + OFFSET); }
static inline u64 physical(const void *va) { return (u64)va - OFFSET; }
static inline u64 pte_pa(pte e) { return (e >> 10 << 12) & 0xfffffffffff000; }
static inline pte make_pte(u64 pa, u64 bits) { return pa >> 12 << 10 | bits; }
static inline int is_leaf(pte e) { return (e & V) && (e & (R | W | X)); }
static inline u64 table_index(u64 va, int level) { return va >> (12 + 9 * level) & 511; }

// Changes to live entries are atomic, because the machine may set A and D in them.
static inline void pte_set_bits(pte *p, u64 bits) { __atomic_fetch_or(p, bits, __ATOMIC_RELAXED); }
static inline void pte_clear_bits(pte *p, u64 bits) { __atomic_fetch_and(p, ~bits, __ATOMIC_RELAXED); }
static inline pte pte_exchange(pte *p, pte e) { return __atomic_exchange_n(p, e, __ATOMIC_RELAXED); }
static inline void pte_store(pte *p, pte e) { *(volatile pte *)p = e; }

// ---- CSRs ------------------------------------------------------------------

#define csr_read(name) ({ u64 csr_; __asm__ volatile("csrr %0, " #name : "=r"(csr_) :: "memory"); csr_; })
#define csr_write(name, v) __asm__ volatile("csrw " #name ", %0" :: "r"(v) : "memory")
#define csr_set(name, v) __asm__ volatile("csrs " #name ", %0" :: "r"(v) : "memory")

// ---- Statistics, for the self-test only ------------------------------------

enum statistic { FAULTS, COPIES, SWAPPED_OUT, SWAPPED_IN, CLEAN_DROPPED, ROLLOVERS, SUPERPAGES, SPLITS, TICKS,
                 FENCES_VA, FENCES_ASID, FENCES_ALL, FREE_PAGES, ASID_BITS, FEATURES, STATISTICS };
extern u64 statistics[STATISTICS];

// ---- frames.c: physical memory ---------------------------------------------

struct frame {
    u16 refs;  // mappings of a user page
    u16 next;  // next free frame of the block, while free
    u32 slot;  // swap slot that holds the same content, or 0
};
void frames_start(void);
struct frame *frame_of(u64 pa);   // NULL for the kernel image, which is never freed
u64 page_alloc(void);             // one page, content undefined; panics when there is none even after reclaim
u64 table_alloc(void);            // one zeroed page
void page_free(u64 pa);
u64 user_page_alloc(void);        // one page within the limit on user pages, refs = 1
u64 user_block_alloc(void);       // 512 pages, aligned, refs = 1 each; 0 when there is no such block
void user_page_release(u64 pa);   // drops one reference; the last one frees
void user_pages_limit(u64 pages); // 0: no limit
void page_zero(void *page);
#ifdef LARGE  // pages that are free are zero: RAM is at first, and page_free makes them so; so untouched ones cost nothing
#define FREE_PAGES_ARE_ZERO 1
#else
#define FREE_PAGES_ARE_ZERO 0
#endif
static inline void page_zero_new(void *page)  // just given out
{
    if (!FREE_PAGES_ARE_ZERO)
        page_zero(page);
}
void page_copy(void *to, const void *from);

struct pool { u32 size; void *free; };
void *pool_get(struct pool *pool);  // one zeroed object
void pool_put(struct pool *pool, void *object);

// ---- swap.c: reclaim of user pages -----------------------------------------

static inline pte swap_entry(u32 slot) { return (pte)slot << 10 | R; }  // V = 0
static inline u32 swap_slot(pte e) { return e >> 10; }
void *slot_content(u32 slot);
void slot_share(u32 slot);
void slot_release(u32 slot);
int slot_is_shared(u32 slot);
int reclaim(u64 user_pages);  // frees a batch of the pages in use, an eighth at most; returns how many

// ---- space.c: address spaces -----------------------------------------------

enum { AREA_FILE = 1, AREA_HUGE = 2 };
struct area {
    u64 start, end;
    struct area *next;
    u8 prot;              // R, W, X
    u8 flags;             // AREA_*
    const u8 *file;       // content of `start` within the kernel image
    u64 file_end;         // address of the first byte that is zero instead of read from the file
};
struct space {
    pte *root;
    u64 context;          // ASID generation and number; 0: none yet
    struct area *areas;   // ascending, disjoint
    struct area *hit;     // the area found last
    u64 brk_start, brk;
    struct space *next, *previous;  // ring of all spaces, for the clock hand
};
extern struct space *all_spaces;
struct space *space_create(void);
struct space *space_fork(struct space *parent);
void space_clear(struct space *s);    // unmaps everything; the root stays
void space_destroy(struct space *s);  // of a cleared space that is not loaded
int space_fault(struct space *s, u64 va, u64 access);  // 0: try again; -1: the access is not allowed
u64 space_map(struct space *s, u64 address, u64 length, u8 prot, u8 flags, const u8 *file, u64 file_length);
int space_unmap(struct space *s, u64 start, u64 end);
int space_protect(struct space *s, u64 start, u64 end, u8 prot);
int space_discard(struct space *s, u64 start, u64 end);
u64 space_brk(struct space *s, long delta);
u64 space_exec(struct space *s, const u8 *image);  // maps a program; returns its entry
pte *space_lookup(struct space *s, u64 va, u64 *size);
void space_split(struct space *s, pte *superpage);
void swap_forget(struct space *s);  // moves the clock hand off a dying space

// ---- fence.c: satp, ASIDs and fences ---------------------------------------

extern pte kernel_root[512];
void fences_start(void);
void space_load(struct space *s);
void fence_all(void);
void fence_kernel_page(u64 va);
void fence_new_page(u64 va);                     // after a fault made a page accessible
void fence_page(struct space *s, u64 va);
void fence_range(struct space *s, u64 start, u64 end, u64 stride);
void fence_space(struct space *s);

// ---- process.c, pipe.c, main.c ---------------------------------------------

struct trap_frame { u64 x[32], pc, status; };   // x[0] unused
struct context { u64 ra, sp, s[12]; };
enum state { FREE, RUNNABLE, BLOCKED, ZOMBIE };
struct pipe;
struct file { struct pipe *pipe; u64 writes; };  // pipe NULL: closed
struct queue { struct process *head, **tail; };
struct process {
    struct context context;
    struct space *space;
    struct trap_frame *frame;
    struct process *parent, *next;
    struct queue exits;   // where it waits for a child's exit
    u64 wake;             // tick at which a sleeping one wakes
    enum state state;
    int id, status;
    struct file files[FILES];
};
extern struct process *current;
void processes_start(const char *line) __attribute__((noreturn));
void yield(void);
void block(struct queue *queue);
void wake(struct queue *queue);
void wake_sleepers(void);
int process_fork(void);
int process_exec(const char *line);
int process_wait(int *status);
void process_sleep(u64 duration);
void process_exit(int status) __attribute__((noreturn));
long pipe_create(u64 fds);
long pipe_read(struct pipe *pipe, u64 to, u64 length);
long pipe_write(struct pipe *pipe, u64 from, u64 length);
void file_share(struct file *file);
void file_close(struct file *file);
void timer_start(int features);
void timer_idle(void);

int copy_user(void *to, const void *from, u64 length);  // boot.S; 0, or -1 at a bad address
void switch_context(struct context *from, struct context *to);
void trap_return(void);

struct program { const char *name; const u8 *image; };
extern const struct program programs[];

void console_write(const char *text, u64 length);
void panic(const char *message, u64 value) __attribute__((noreturn));
void finish(int code) __attribute__((noreturn));
