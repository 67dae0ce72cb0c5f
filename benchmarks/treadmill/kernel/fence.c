// SPDX-License-Identifier: Apache-2.0
// satp, ASIDs and fences, with the habits of a current Linux on one hart:
//
// - a context switch writes satp; with ASIDs it fences only when the numbers ran out, without them every time;
// - after a page fault the new page's address is fenced, unless Svvptc makes that unnecessary;
// - a range of up to 64 pages is fenced page by page, a longer one, or one that lost page tables, as a whole space;
// - clearing an accessed bit is not fenced; a batch of reclaimed pages is fenced for all spaces at once.
#include "kernel.h"

#define RANGE_LIMIT 64
#define SATP_SV39 (8UL << 60)

static u64 asid_mask;         // 0: no ASIDs
static u64 generation, next;  // of ASIDs; a space's context is valid if it is of this generation
static struct space *loaded;

void fences_start(void)
{
    // The machine keeps as many ASID bits as it has.
    u64 satp = csr_read(satp);
    csr_write(satp, satp | 0xffffUL << 44);
    asid_mask = csr_read(satp) >> 44 & 0xffff;
    csr_write(satp, satp);
    fence_all();
    u32 limit = treadmill_params.flags >> PARAMETER_ASID_LIMIT & 31;
    if (limit && limit < 16)
        asid_mask &= (1UL << limit) - 1;
    if (!parameter(PARAMETER_ASIDS))
        asid_mask = 0;
    for (u64 m = asid_mask; m; m >>= 1)
        statistics[ASID_BITS]++;
    generation = next = asid_mask + 1;
}

// Only a space of the current generation, or the loaded one, can have translations in the TLB.
static int may_be_cached(struct space *s)
{
    return asid_mask ? s->context >= generation : s == loaded;
}

void space_load(struct space *s)
{
    if (s == loaded)
        return;
    loaded = s;
    int rollover = 0;
    if (asid_mask && s->context < generation) {
        if (next > (generation | asid_mask)) {
            generation += asid_mask + 1;
            next = generation;
            rollover = 1;
            statistics[ROLLOVERS]++;
        }
        if (next == generation)
            next++;  // 0 stays with the kernel's own root
        s->context = next++;
    }
    u64 asid = s->context & asid_mask;
    csr_write(satp, SATP_SV39 | asid << 44 | physical(s->root) >> 12);
    if (rollover)
        fence_all();
    else if (!asid_mask) {
        statistics[FENCES_ASID]++;
        __asm__ volatile("sfence.vma x0, %0" :: "r"(0UL) : "memory");
    }
}

void fence_all(void)
{
    statistics[FENCES_ALL]++;
    __asm__ volatile("sfence.vma" ::: "memory");
}

void fence_kernel_page(u64 va)
{
    statistics[FENCES_VA]++;
    __asm__ volatile("sfence.vma %0" :: "r"(va) : "memory");
}

void fence_new_page(u64 va)
{
    if (!parameter(PARAMETER_SVVPTC))
        fence_kernel_page(va);
}

void fence_page(struct space *s, u64 va)
{
    if (!may_be_cached(s))
        return;
    if (!asid_mask) {
        fence_kernel_page(va);
        return;
    }
    statistics[FENCES_VA]++;
    __asm__ volatile("sfence.vma %0, %1" :: "r"(va), "r"(s->context & asid_mask) : "memory");
}

void fence_range(struct space *s, u64 start, u64 end, u64 stride)
{
    if (end - start > RANGE_LIMIT * stride)
        fence_space(s);
    else
        for (u64 va = start; va < end; va += stride)
            fence_page(s, va);
}

void fence_space(struct space *s)
{
    if (!may_be_cached(s))
        return;
    if (!asid_mask) {
        fence_all();
        return;
    }
    statistics[FENCES_ASID]++;
    __asm__ volatile("sfence.vma x0, %0" :: "r"(s->context & asid_mask) : "memory");
}
