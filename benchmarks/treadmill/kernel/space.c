// SPDX-License-Identifier: Apache-2.0
// Address spaces: areas, page tables, page faults, copy-on-write, superpages.
//
// Entries with V = 0 are zero (nothing there yet) or name a swap slot. A page is writable in its entry only once it
// was written or may be written in place; whether a write is allowed is the area's business. The zero page and the
// pages of the kernel image (program text) have no frame and are never counted or freed.
#include "kernel.h"

static struct pool area_pool = {sizeof(struct area), 0}, space_pool = {sizeof(struct space), 0};
static u8 zero_page[PAGE] __attribute__((aligned(4096)));
struct space *all_spaces;

// ---- Areas -------------------------------------------------------------------

static struct area *area_find(struct space *s, u64 va)
{
    struct area *a = s->hit;
    if (a && va >= a->start && va < a->end)
        return a;
    for (a = s->areas; a && a->end <= va; a = a->next)
        ;
    if (!a || va < a->start)
        return 0;
    return s->hit = a;
}

// Can b, which starts where a ends, become a part of a?
static int joins(const struct area *a, const struct area *b)
{
    return a && b && a->end == b->start && a->prot == b->prot && a->flags == b->flags && !(a->flags & AREA_FILE);
}

static void area_join_next(struct space *s, struct area *a)
{
    struct area *b = a->next;
    a->end = b->end;
    a->next = b->next;
    s->hit = a;
    pool_put(&area_pool, b);
}

static void area_insert(struct space *s, struct area *a)
{
    struct area **link = &s->areas, *before = 0;
    for (; *link && (*link)->start < a->start; link = &before->next)
        before = *link;
    a->next = *link;
    *link = a;
    if (joins(a, a->next))
        area_join_next(s, a);
    if (joins(before, a))
        area_join_next(s, before);
}

// Makes va a border between areas if it lies inside one.
static void area_split(struct space *s, u64 va)
{
    struct area *a = area_find(s, va);
    if (!a || a->start == va)
        return;
    struct area *b = pool_get(&area_pool);
    *b = *a;
    if (a->file)
        b->file += va - a->start;
    b->start = a->end = va;
    a->next = b;
}

// ---- Page tables -------------------------------------------------------------

// The entry that maps va, or would: of level 0, or a superpage at level 1. NULL when there is no table;
// *size is how much of the address space the answer is about.
pte *space_lookup(struct space *s, u64 va, u64 *size)
{
    pte e = s->root[table_index(va, 2)];
    *size = 512 * BLOCK;
    if (!(e & V))
        return 0;
    pte *p = (pte *)virtual(pte_pa(e)) + table_index(va, 1);
    *size = BLOCK;
    if (!(*p & V))
        return 0;
    if (is_leaf(*p))
        return p;
    *size = PAGE;
    return (pte *)virtual(pte_pa(*p)) + table_index(va, 0);
}

// The entry of the level (0 or 1) for va, with the tables above it made as needed. Not for addresses in superpages.
static pte *entry_make(struct space *s, u64 va, int level)
{
    pte *p = &s->root[table_index(va, 2)];
    for (int l = 1; ; l--) {
        if (!(*p & V))
            pte_store(p, make_pte(table_alloc(), V));
        p = (pte *)virtual(pte_pa(*p)) + table_index(va, l);
        if (l == level)
            return p;
    }
}

// Replaces a superpage by a table of its pages.
void space_split(struct space *s, pte *superpage)
{
    pte old = *superpage;
    u64 pa = table_alloc();
    pte *table = virtual(pa);
    for (u64 i = 0; i < 512; i++)
        table[i] = old + (i << 10);
    pte_store(superpage, make_pte(pa, V));
    fence_space(s);  // the entry is no leaf any more
    statistics[SPLITS]++;
}

static void split_at(struct space *s, u64 va)
{
    u64 size;
    pte *p = space_lookup(s, va, &size);
    if (p && size == BLOCK && (va & (BLOCK - 1)))
        space_split(s, p);
}

// Does nothing else map these pages?
static int is_sole_owner(const struct frame *frame, u64 size)
{
    if (!frame)
        return 0;
    for (u64 i = 0; i < size / PAGE; i++)
        if (frame[i].refs != 1)
            return 0;
    return 1;
}

// ---- Unmapping: entries first, then the fence, then the pages ------------------

enum { TABLE = 1, SUPERPAGE = 2 };
#define GATHERED 256
static struct {
    struct space *space;
    u64 start, end, stride;
    int tables, count;
    u64 pages[GATHERED];  // physical address | what it is
} gather;

static void gather_flush(void)
{
    if (gather.tables)
        fence_space(gather.space);
    else if (gather.end > gather.start)
        fence_range(gather.space, gather.start, gather.end, gather.stride);
    for (int i = 0; i < gather.count; i++) {
        u64 pa = ROUND_DOWN(gather.pages[i], PAGE);
        if (gather.pages[i] & TABLE)
            page_free(pa);
        else if (gather.pages[i] & SUPERPAGE)
            for (u64 j = 0; j < 512; j++)
                user_page_release(pa + j * PAGE);
        else
            user_page_release(pa);
    }
    gather.start = -1UL;
    gather.end = gather.count = gather.tables = 0;
    gather.stride = BLOCK;
}

static void gather_start(struct space *s)
{
    gather.space = s;
    gather.start = -1UL;
    gather.end = gather.count = gather.tables = 0;
    gather.stride = BLOCK;
}

static void gather_add(u64 page)
{
    if (gather.count == GATHERED)
        gather_flush();
    gather.pages[gather.count++] = page;
}

static void zap(struct space *s, u64 start, u64 end)
{
    split_at(s, start);
    split_at(s, end);
    u64 size;
    for (u64 va = start; va < end; va = ROUND_DOWN(va, size) + size) {
        pte *p = space_lookup(s, va, &size);
        if (!p || !*p)
            continue;
        pte old = pte_exchange(p, 0);
        if (!(old & V)) {
            slot_release(swap_slot(old));
            continue;
        }
        gather_add(pte_pa(old) | (size == BLOCK ? SUPERPAGE : 0));
        if (va < gather.start)
            gather.start = va;
        if (va + size > gather.end)
            gather.end = va + size;
        if (size < gather.stride)
            gather.stride = size;
    }
}

// Frees the tables that serve only addresses of [floor, ceiling), looking at those of [start, end).
static void free_tables(struct space *s, u64 start, u64 end, u64 floor, u64 ceiling)
{
    for (int level = 1; level <= 2; level++) {
        u64 span = level == 1 ? BLOCK : 512 * BLOCK;
        u64 va = ROUND_DOWN(start, span), size;
        if (va < ROUND_UP(floor, span))
            va = ROUND_UP(floor, span);
        for (; va < end && va + span <= ceiling; va = ROUND_DOWN(va, size) + size) {
            size = 512 * BLOCK;
            pte *p = &s->root[table_index(va, 2)];
            if (!(*p & V))
                continue;
            if (level == 1) {
                size = BLOCK;
                p = (pte *)virtual(pte_pa(*p)) + table_index(va, 1);
                if (!(*p & V))
                    continue;
            }
            gather_add(pte_pa(pte_exchange(p, 0)) | TABLE);
            gather.tables = 1;
        }
    }
}

// Removes the areas of [start, end), which are borders already, and what they map.
static void remove(struct space *s, u64 start, u64 end)
{
    struct area **link = &s->areas;
    u64 floor = 0;
    while (*link && (*link)->start < start) {
        floor = (*link)->end;
        link = &(*link)->next;
    }
    gather_start(s);
    s->hit = 0;
    int any = 0;
    while (*link && (*link)->start < end) {
        struct area *a = *link;
        zap(s, a->start, a->end);
        *link = a->next;
        pool_put(&area_pool, a);
        any = 1;
    }
    if (any)
        free_tables(s, start, end, floor, *link ? (*link)->start : USER_END);
    gather_flush();
}

// ---- Calls -------------------------------------------------------------------

struct space *space_create(void)
{
    struct space *s = pool_get(&space_pool);
    s->root = virtual(table_alloc());
    for (int i = 256; i < 512; i++)
        s->root[i] = kernel_root[i];
    if (all_spaces) {
        s->next = all_spaces;
        s->previous = all_spaces->previous;
        s->previous->next = s->next->previous = s;
    } else
        all_spaces = s->next = s->previous = s;
    return s;
}

void space_clear(struct space *s)
{
    remove(s, 0, USER_END);
}

void space_destroy(struct space *s)
{
    swap_forget(s);
    if (all_spaces == s)
        all_spaces = s->next == s ? 0 : s->next;
    s->previous->next = s->next;
    s->next->previous = s->previous;
    page_free(physical(s->root));
    pool_put(&space_pool, s);
}

// Copies the areas, and the entries of all that cannot be read from the image again. Both sides lose write access;
// the child's pages count as not accessed.
struct space *space_fork(struct space *parent)
{
    struct space *child = space_create();
    child->brk_start = parent->brk_start;
    child->brk = parent->brk;
    struct area **link = &child->areas;
    for (struct area *a = parent->areas; a; a = a->next) {
        struct area *copy = pool_get(&area_pool);
        *copy = *a;
        copy->next = 0;
        *link = copy;
        link = &copy->next;
        if ((a->flags & AREA_FILE) && !(a->prot & W))
            continue;
        u64 size;
        for (u64 va = a->start; va < a->end; va = ROUND_DOWN(va, size) + size) {
            pte *p = space_lookup(parent, va, &size);
            if (!p || !*p)
                continue;
            pte *to = entry_make(child, va, size == BLOCK);
            pte e = *p;
            if (!(e & V)) {
                slot_share(swap_slot(e));
                pte_store(to, e);
                continue;
            }
            struct frame *frame = frame_of(pte_pa(e));
            if (frame)
                for (u64 i = 0; i < size / PAGE; i++)
                    frame[i].refs++;
            if (e & W)
                pte_clear_bits(p, W);
            pte_store(to, *p & ~(pte)A);
        }
    }
    fence_space(parent);
    return child;
}

u64 space_map(struct space *s, u64 address, u64 length, u8 prot, u8 flags, const u8 *file, u64 file_length)
{
    length = ROUND_UP(length, PAGE);
    if (!length || length > USER_END || address > USER_END)
        return -1;
    if (prot & W)
        prot |= R;  // W without R is reserved
    if (!file && length >= BLOCK && parameter(PARAMETER_SUPERPAGES))
        flags |= AREA_HUGE;
    if (address) {
        if (address & (PAGE - 1) || address + length > USER_END)
            return -1;
        space_unmap(s, address, address + length);
    } else {  // the first gap
        u64 alignment = flags & AREA_HUGE ? BLOCK : PAGE;
        address = USER_MAPS;
        for (struct area *a = s->areas; a; a = a->next) {
            if (a->start >= address + length)
                break;
            if (a->end > address)
                address = ROUND_UP(a->end, alignment);
        }
        if (address + length > USER_STACK)
            return -1;
    }
    struct area *a = pool_get(&area_pool);
    a->start = address;
    a->end = address + length;
    a->prot = prot;
    a->flags = flags;
    a->file = file;
    a->file_end = address + file_length;
    area_insert(s, a);
    return address;
}

static int bad_range(u64 start, u64 end)
{
    return (start | end) & (PAGE - 1) || start >= end || end > USER_END;
}

int space_unmap(struct space *s, u64 start, u64 end)
{
    if (bad_range(start, end))
        return -1;
    area_split(s, start);
    area_split(s, end);
    remove(s, start, end);
    return 0;
}

// Drops the content of [start, end), which reads as zero from then on; areas and tables stay.
int space_discard(struct space *s, u64 start, u64 end)
{
    if (bad_range(start, end))
        return -1;
    gather_start(s);
    zap(s, start, end);
    gather_flush();
    return 0;
}

int space_protect(struct space *s, u64 start, u64 end, u8 prot)
{
    if (bad_range(start, end) || !(prot & R))
        return -1;
    for (u64 va = start; va < end;) {
        struct area *a = area_find(s, va);
        if (!a)
            return -1;
        va = a->end;
    }
    area_split(s, start);
    area_split(s, end);
    split_at(s, start);
    split_at(s, end);
    u64 size, first = -1UL, last = 0, stride = BLOCK;
    for (u64 va = start; va < end; va = ROUND_DOWN(va, size) + size) {
        pte *p = space_lookup(s, va, &size);
        if (!p || !(*p & V))
            continue;
        pte old = *p, wanted = (old & ~(pte)(W | X)) | (prot & X);
        struct frame *frame = frame_of(pte_pa(old));
        if ((prot & W) && (old & D) && is_sole_owner(frame, size))
            wanted |= W;  // else a fault decides between copy and reuse
        if (wanted == old)
            continue;
        pte_clear_bits(p, old & ~wanted);
        pte_set_bits(p, wanted & ~old);
        if (va < first)
            first = va;
        last = va + size;
        if (size < stride)
            stride = size;
    }
    if (last)
        fence_range(s, first, last, stride);
    struct area *a = area_find(s, start);
    for (; a && a->start < end; a = a->next)
        a->prot = prot;
    for (a = s->areas; a && a->start < end; )
        if (a->end >= start && joins(a, a->next))
            area_join_next(s, a);
        else
            a = a->next;
    return 0;
}

u64 space_brk(struct space *s, long delta)
{
    u64 old = s->brk, brk = old + delta;
    if (delta > (long)USER_MAPS || brk < s->brk_start || brk > USER_MAPS)
        return -1;
    u64 from = ROUND_UP(old, PAGE), to = ROUND_UP(brk, PAGE);
    if (to > from)
        space_map(s, from, to - from, R | W, 0, 0, 0);
    else if (to < from)
        space_unmap(s, to, from);
    s->brk = brk;
    return old;
}

// ---- Page faults ---------------------------------------------------------------

static int fault_in_superpage(struct space *s, struct area *a, u64 va, u64 access)
{
    u64 start = ROUND_DOWN(va, BLOCK);
    if (!(a->flags & AREA_HUGE) || start < a->start || start + BLOCK > a->end)
        return 0;
    pte *p = entry_make(s, va, 1);
    if (*p & V)
        return 0;
    u64 pa = user_block_alloc();
    if (!pa)
        return 0;
    for (u64 i = 0; i < 512; i++)
        page_zero_new(virtual(pa + i * PAGE));
    pte_store(p, make_pte(pa, V | U | A | (a->prot & (R | W | X)) | (access == W ? D : 0)));
    fence_new_page(va);
    statistics[SUPERPAGES]++;
    return 1;
}

// A page of its own for va with the content that belongs there; NULL content: zeroes.
static pte fresh_page(struct area *a, const void *content, u64 bits)
{
    u64 pa = user_page_alloc();
    if (content)
        page_copy(virtual(pa), content);
    else
        page_zero_new(virtual(pa));
    return make_pte(pa, V | U | A | (a->prot & (R | X)) | bits);
}

static pte page_of_file(struct area *a, u64 va, u64 access)
{
    u64 from = ROUND_DOWN(va, PAGE);
    const u8 *content = a->file + (from - a->start);
    // The image's own page will do for reading; what follows the text in its last page does no harm.
    if (!(a->prot & W) || (access != W && from + PAGE <= a->file_end))
        return make_pte(physical(content), V | U | A | (a->prot & (R | X)));
    pte e = fresh_page(a, content, W | D);
    u8 *page = virtual(pte_pa(e));
    for (u64 i = a->file_end > from ? a->file_end - from : 0; i < PAGE; i++)
        page[i] = 0;
    return e;
}

static pte page_from_swap(struct area *a, pte entry, u64 access)
{
    u32 slot = swap_slot(entry);
    pte e = fresh_page(a, slot_content(slot), (a->prot & W) | (access == W ? D : 0));
    if (slot_is_shared(slot))
        slot_release(slot);
    else
        frame_of(pte_pa(e))->slot = slot;
    statistics[SWAPPED_IN]++;
    return e;
}

int space_fault(struct space *s, u64 va, u64 access)
{
    statistics[FAULTS]++;
    struct area *a = va < USER_END ? area_find(s, va) : 0;
    if (!a || !(a->prot & access))
        return -1;
    u64 size;
    pte *p = space_lookup(s, va, &size);
    if (p && size == BLOCK && access == W && !(*p & W)) {
        if (is_sole_owner(frame_of(pte_pa(*p)), BLOCK)) {
            pte_set_bits(p, W | A | D);
            fence_page(s, va);
            return 0;
        }
        space_split(s, p);  // a shared superpage is copied page by page
        p = space_lookup(s, va, &size);
    }
    if (!p) {
        if (fault_in_superpage(s, a, va, access))
            return 0;
        p = entry_make(s, va, 0);
    }
    pte old = *p;
    if (!old) {
        if (a->flags & AREA_FILE)
            pte_store(p, page_of_file(a, va, access));
        else if (access == W)
            pte_store(p, fresh_page(a, 0, W | D));
        else
            pte_store(p, make_pte(physical(zero_page), V | U | A | (a->prot & (R | X))));
        fence_new_page(va);
    } else if (!(old & V)) {
        pte_store(p, page_from_swap(a, old, access));
        fence_new_page(va);
    } else if (access == W && !(old & W)) {
        struct frame *frame = frame_of(pte_pa(old));
        if (is_sole_owner(frame, PAGE)) {
            pte_set_bits(p, W | A | D);
            fence_page(s, va);
        } else {
            int zero = pte_pa(old) == physical(zero_page);
            pte copy = fresh_page(a, zero ? 0 : virtual(pte_pa(old)), W | D);
            pte_store(p, 0);  // no moment at which two pages could be seen
            fence_page(s, va);
            pte_store(p, copy);
            fence_new_page(va);
            user_page_release(pte_pa(old));
            statistics[COPIES]++;
        }
    } else {
        // The machine leaves A and D to us, or it remembered an older entry.
        pte_set_bits(p, access == W ? A | D : A);
        fence_page(s, va);
    }
    return 0;
}

// ---- Programs ------------------------------------------------------------------

u64 space_exec(struct space *s, const u8 *image)
{
    struct header { u8 ident[16]; u16 type, machine; u32 version; u64 entry, phoff, shoff; u32 flags; u16 ehsize,
                    phentsize, phnum; };
    struct segment { u32 type, flags; u64 offset, vaddr, paddr, filesz, memsz, align; };
    const struct header *h = (const void *)image;
    for (int i = 0; i < h->phnum; i++) {
        const struct segment *p = (const void *)(image + h->phoff + i * h->phentsize);
        if (p->type != 1 || !p->memsz)
            continue;
        u64 start = ROUND_DOWN(p->vaddr, PAGE), file_end = p->vaddr + p->filesz, end = p->vaddr + p->memsz;
        u8 prot = (p->flags & 4 ? R : 0) | (p->flags & 2 ? W : 0) | (p->flags & 1 ? X : 0);
        if (p->filesz)
            space_map(s, start, file_end - start, prot, AREA_FILE, image + ROUND_DOWN(p->offset, PAGE),
                      file_end - start);
        u64 anonymous = p->filesz ? ROUND_UP(file_end, PAGE) : start;
        if (end > anonymous)
            space_map(s, anonymous, end - anonymous, prot, 0, 0, 0);
        s->brk_start = s->brk = ROUND_UP(end, PAGE);
    }
    space_map(s, USER_STACK, USER_STACK_SIZE, R | W, 0, 0, 0);
    return h->entry;
}
