// SPDX-License-Identifier: Apache-2.0
// Physical memory: 2 MiB blocks, given out whole or split into 4 KiB pages.
#include "kernel.h"

#define BLOCKS ((SWAP_START - KERNEL_START) / BLOCK)
#define NONE 512

struct block {
    u16 used;   // pages in use
    u16 fresh;  // pages from here on were never given out since the block was last empty
    u16 free;   // first freed page, or NONE
};
static struct block blocks[BLOCKS];
static struct frame *frames;
static u64 hint;        // the block pages come from
static u64 user_pages, user_limit = -1UL;

extern u8 kernel_end[];

static u64 index_of(u64 pa) { return (pa - KERNEL_START) / PAGE; }

struct frame *frame_of(u64 pa)
{
    return pa >= physical(&frames[BLOCKS * 512]) ? &frames[index_of(pa)] : 0;
}

void frames_start(void)
{
    frames = (struct frame *)ROUND_UP((u64)kernel_end, PAGE);
    u64 reserved = index_of(ROUND_UP(physical(&frames[BLOCKS * 512]), PAGE));
    for (u64 i = 0; i < BLOCKS; i++) {
        u64 taken = reserved <= i * 512 ? 0 : reserved - i * 512 < 512 ? reserved - i * 512 : 512;
        blocks[i] = (struct block){taken, taken, NONE};
        statistics[FREE_PAGES] += 512 - taken;
    }
}

static u64 take(u64 b)
{
    struct block *block = &blocks[b];
    u64 page = block->free;
    if (page != NONE)
        block->free = frames[b * 512 + page].next;
    else
        page = block->fresh++;
    block->used++;
    statistics[FREE_PAGES]--;
    hint = b;
    return KERNEL_START + (b * 512 + page) * PAGE;
}

u64 page_alloc(void)
{
    do {
        if (blocks[hint].used < 512)
            return take(hint);
        // Blocks in use before empty ones, so that whole blocks stay available.
        for (u64 b = 0; b < BLOCKS; b++)
            if (blocks[b].used && blocks[b].used < 512)
                return take(b);
        for (u64 b = 0; b < BLOCKS; b++)
            if (!blocks[b].used)
                return take(b);
    } while (reclaim(user_pages));
    panic("out of memory", user_pages);
}

void page_free(u64 pa)
{
    if (FREE_PAGES_ARE_ZERO)
        page_zero(virtual(pa));
    u64 i = index_of(pa);
    struct block *block = &blocks[i / 512];
    statistics[FREE_PAGES]++;
    if (--block->used == 0) {
        block->fresh = 0;
        block->free = NONE;
        return;
    }
    frames[i].next = block->free;
    block->free = i % 512;
}

u64 table_alloc(void)
{
    u64 pa = page_alloc();
    page_zero_new(virtual(pa));
    return pa;
}

u64 user_page_alloc(void)
{
    while (user_pages >= user_limit)
        if (!reclaim(user_pages))
            panic("the limit on user pages is below what is in use", user_limit);
    u64 pa = page_alloc();
    struct frame *frame = frame_of(pa);
    frame->refs = 1;
    frame->slot = 0;
    user_pages++;
    return pa;
}

u64 user_block_alloc(void)
{
    if (user_pages + 512 > user_limit)
        return 0;
    for (u64 b = BLOCKS; b-- > 0;) {
        if (blocks[b].used || b == hint)
            continue;
        blocks[b] = (struct block){512, 512, NONE};
        statistics[FREE_PAGES] -= 512;
        user_pages += 512;
        for (u64 i = 0; i < 512; i++) {
            frames[b * 512 + i].refs = 1;
            frames[b * 512 + i].slot = 0;
        }
        return KERNEL_START + b * BLOCK;
    }
    return 0;
}

void user_page_release(u64 pa)
{
    struct frame *frame = frame_of(pa);
    if (!frame || --frame->refs)
        return;
    if (frame->slot)
        slot_release(frame->slot);
    user_pages--;
    page_free(pa);
}

void user_pages_limit(u64 pages)
{
    user_limit = pages ? pages : -1UL;
}

void page_zero(void *page)
{
    for (u64 *p = page, *end = p + 512; p < end; p += 4)
        p[0] = p[1] = p[2] = p[3] = 0;
}

void page_copy(void *to, const void *from)
{
    u64 *t = to;
    const u64 *f = from;
    for (u64 *end = t + 512; t < end; t += 4, f += 4) {
        u64 a = f[0], b = f[1], c = f[2], d = f[3];
        t[0] = a, t[1] = b, t[2] = c, t[3] = d;
    }
}

void *pool_get(struct pool *pool)
{
    if (!pool->free) {
        u8 *page = virtual(page_alloc());
        for (u64 i = 0; i + pool->size <= PAGE; i += pool->size)
            pool_put(pool, page + i);
    }
    u64 *object = pool->free;
    pool->free = (void *)*object;
    for (u32 i = 0; i < pool->size / 8; i++)
        object[i] = 0;
    return object;
}

void pool_put(struct pool *pool, void *object)
{
    *(void **)object = pool->free;
    pool->free = object;
}
