// SPDX-License-Identifier: Apache-2.0
// Reclaim: a clock hand over the pages of all spaces takes those whose accessed bit stays clear for a whole turn.
// Swap is a part of RAM. A page read back keeps its slot, and while it stays clean it is dropped without a copy.
#include "kernel.h"

#define SLOTS ((RAM_END - SWAP_START) / PAGE)
#define BATCH 32

static u8 slot_refs[SLOTS];  // slot 0 is never used: an entry of it would read as empty
static u32 slot_hint = 1;
static struct space *hand_space;
static u64 hand;

void *slot_content(u32 slot) { return virtual(SWAP_START + slot * PAGE); }
void slot_share(u32 slot) { slot_refs[slot]++; }
void slot_release(u32 slot) { slot_refs[slot]--; }
int slot_is_shared(u32 slot) { return slot_refs[slot] > 1; }

static u32 slot_alloc(void)
{
    for (u32 i = 0; i < SLOTS; i++) {
        u32 slot = slot_hint;
        slot_hint = slot_hint + 1 < SLOTS ? slot_hint + 1 : 1;
        if (!slot_refs[slot]) {
            slot_refs[slot] = 1;
            return slot;
        }
    }
    return 0;
}

void swap_forget(struct space *s)
{
    if (hand_space == s) {
        hand_space = s->next == s ? 0 : s->next;
        hand = 0;
    }
}

// Unmaps pages first, then fences them all at once, and only then copies: until the fence they may still change.
int reclaim(u64 user_pages)
{
    struct { u64 pa; u32 slot; int dirty; } victims[BATCH];
    int count = 0, wanted = user_pages / 8 < BATCH ? user_pages / 8 + 1 : BATCH;
    if (!hand_space)
        hand_space = all_spaces;
    if (!hand_space)
        return 0;
    int visits = 3;  // one turn to clear accessed bits, one that takes, and the rest of the first
    for (struct space *s = hand_space->next; s != hand_space; s = s->next)
        visits += 3;
    while (count < wanted && visits >= 0) {
        struct space *s = hand_space;
        struct area *a = s->areas;
        while (a && a->end <= hand)
            a = a->next;
        if (!a) {
            hand = 0;
            hand_space = s->next;
            visits--;
            continue;
        }
        u64 size, va = hand > a->start ? hand : a->start;
        pte *p = space_lookup(s, va, &size);
        hand = ROUND_DOWN(va, size) + size;
        if (!p || !is_leaf(*p))
            continue;
        struct frame *frame = frame_of(pte_pa(*p));
        if (!frame || frame->refs != 1)
            continue;
        if (*p & A) {
            pte_clear_bits(p, A);
            continue;
        }
        if (size == BLOCK) {  // its pages are looked at on their own in the next turn
            if (statistics[FREE_PAGES])
                space_split(s, p);
            continue;
        }
        u32 slot = frame->slot ? frame->slot : slot_alloc();
        if (!slot)
            break;
        pte old = pte_exchange(p, swap_entry(slot));
        victims[count].pa = pte_pa(old);
        victims[count].slot = slot;
        victims[count++].dirty = !frame->slot || (old & D);
        frame->slot = 0;  // the entry owns it now
    }
    if (!count)
        return 0;
    fence_all();
    for (int i = 0; i < count; i++) {
        if (victims[i].dirty)
            page_copy(slot_content(victims[i].slot), virtual(victims[i].pa));
        else
            statistics[CLEAN_DROPPED]++;
        statistics[SWAPPED_OUT]++;
        user_page_release(victims[i].pa);
    }
    return count;
}
