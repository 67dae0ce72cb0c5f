// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.penumbra.hart.Hart;
import org.penumbra.memory.GuestMemory;
import org.penumbra.memory.HostMemory;
import org.penumbra.mmu.AccessType;
import org.penumbra.mmu.TranslationContext;
import org.penumbra.mmu.TranslationMode;

/// What the architecture lets a hart see of its page tables, from the history of every word of memory and every fence.
///
/// "The results of implicit address-translation reads may be held in a cache": each entry read on a walk may be any
/// value that the word had at or after the last fence that subsumes the read. A fence with an address subsumes reads of
/// leaves that cover it, one without all reads; one with an ASID not those that lead to global mappings. Values read
/// belong to the ASID that was active then, so the word must have had the value while it was. A page fault or
/// access fault is held to more than the specification asks: the tables as they are now must give it. Nor may entries
/// of another root under the same ASID be used, which no model here does.
///
/// The walk here is written anew on purpose, from the specification and not from the walker under test.
final class TranslationOracle {
    /// A translation was used, or a fault given, that nothing allows.
    static final class Violation extends AssertionError {
        private static final long serialVersionUID = 1;

        Violation(String message) {
            super(message);
        }
    }

    private record Value(long value, long since) {
    }

    private record AsidSpan(int hart, int asid, int level, long span) {
    }

    private record HartAsid(int hart, int asid) {
    }

    /// A time during which an ASID was active; `until` is exclusive.
    private record Span(long since, long until) {
    }

    private static final int ANY_ASID = -1;
    private static final long NEVER = Long.MAX_VALUE;

    private final GuestMemory memory;
    private final Map<Long, List<Value>> histories = new HashMap<>();
    private final Map<AsidSpan, Long> addressFences = new HashMap<>();
    private final Map<AsidSpan, Long> asidFences = new HashMap<>();
    private final Map<HartAsid, List<Span>> active = new HashMap<>();
    private final boolean pbmt;
    private final Stage stage;
    private final boolean second;
    private long time = 1;

    /// What the tables are, which roots, fences and addresses belong to.
    enum Stage {
        /// satp.
        OWN,
        /// The first stage of a hypervisor's guests: vsatp.
        FIRST,
        /// Their second stage: hgatp with its VMID, guest-physical addresses, and no global entries.
        SECOND
    }

    TranslationOracle(GuestMemory memory, boolean pbmt, Stage stage) {
        this.memory = memory;
        this.pbmt = pbmt;
        this.stage = stage;
        this.second = stage == Stage.SECOND;
    }

    /// What names the tables of a hart.
    long root(Hart hart) {
        return switch (stage) {
            case OWN -> hart.satp();
            case FIRST -> hart.hypervisor.guestRoot();
            case SECOND -> hart.hypervisor.secondRoot();
        };
    }

    private TranslationContext context(Hart hart) {
        return stage == Stage.FIRST ? hart.hypervisor.firstStage : hart;
    }

    private int levels(Hart hart) {
        return TranslationMode.levels(root(hart));
    }

    private long table(Hart hart) {
        return TranslationMode.root(root(hart));
    }

    /// Address of the entry of a table for an address; the root of a second stage has four pages.
    private long word(Hart hart, long table, int level, long gva) {
        return table + (gva >>> 12 + 9 * level & (second && level == levels(hart) - 1 ? 2047 : 511)) * 8;
    }

    private boolean isGlobal(long pte) {
        return !second && (pte & 32) != 0;
    }

    private int pageFault(AccessType access) {
        return second ? access.guestPageFault() : access.pageFault();
    }

    // ---- what happened

    /// The aligned word at `gpa` has a new value.
    void stored(long gpa, long value) {
        time++;
        List<Value> history = histories.computeIfAbsent(gpa, g -> new ArrayList<>(List.of(new Value(0, 0))));
        if (history.getLast().value != value) {
            history.add(new Value(value, time));
        }
    }

    void fenced(int hart, long gva, boolean hasGva, int asid, boolean hasAsid) {
        time++;
        if (hasGva) {
            for (int level = 0; level < 5; level++) {
                addressFences.put(new AsidSpan(hart, hasAsid ? asid : ANY_ASID, level, gva >> 12 + 9 * level), time);
            }
        } else {
            asidFences.put(new AsidSpan(hart, hasAsid ? asid : ANY_ASID, 0, 0), time);
        }
    }

    /// The hart's satp has changed.
    void switched(int hart, long from, long to) {
        time++;
        if (!TranslationMode.isBare(from)) {
            List<Span> spans = active.get(new HartAsid(hart, TranslationMode.asid(from)));
            spans.add(new Span(spans.removeLast().since, time));
        }
        if (!TranslationMode.isBare(to)) {
            active.computeIfAbsent(new HartAsid(hart, TranslationMode.asid(to)), key -> new ArrayList<>())
                    .add(new Span(time, NEVER));
        }
    }

    /// Whether the ASID was active on the hart at a time in `[since, until)` that is not before `earliest`.
    private boolean wasActive(int hart, int asid, long since, long until, long earliest) {
        if (asid == ANY_ASID) {
            return true;
        }
        List<Span> spans = active.getOrDefault(new HartAsid(hart, asid), List.of());
        for (int i = spans.size() - 1; i >= 0; i--) {
            Span span = spans.get(i);
            if (Math.max(Math.max(span.since, since), earliest) < Math.min(span.until, until)) {
                return true;
            }
        }
        return false;
    }

    /// Every hart has just executed a fence of everything: what was before no longer matters.
    void forget() {
        addressFences.clear();
        active.values().forEach(spans -> spans.removeIf(span -> span.until != NEVER));
        histories.values().forEach(history -> {
            Value last = history.getLast();
            history.clear();
            history.add(last);
        });
    }

    long current(long gpa) {
        List<Value> history = histories.get(gpa);
        return history == null ? 0 : history.getLast().value;
    }

    /// Takes note of A and D bits that the hardware has set in the entries that now translate `gva`.
    void observe(Hart hart, long gva, AccessType access) {
        long table = table(hart);
        for (int level = levels(hart) - 1; level >= 0; level--) {
            long gpa = word(hart, table, level, gva);
            if (!memory.contains(gpa, 8)) {
                return;
            }
            long was = current(gpa);
            long is = memory.load(gpa, 8);
            if (is != was) {
                long set = is ^ was;
                long mayBe = access == AccessType.STORE ? 0xc0 : 0x40;
                if ((set & ~mayBe) != 0 || (is & set) != set || kind(was, level) != LEAF || !context(hart).updatesAccessedDirty()) {
                    throw new Violation("entry " + hex(gpa) + " changed from " + hex(was) + " to " + hex(is) + " by a "
                            + access);
                }
                stored(gpa, is);
            }
            if (kind(is, level) != POINTER) {
                return;
            }
            table = frame(is);
        }
    }

    /// Checks that no word of RAM is other than the guest made it.
    void checkMemory() {
        for (long page = memory.base(); page < memory.base() + memory.size(); page += 4096) {
            long host = memory.hostAddress(page);
            for (int offset = 0; offset < 4096; offset += 8) {
                if (HostMemory.getLong(host + offset) != 0) {
                    check(page + offset);
                }
            }
        }
        histories.keySet().forEach(this::check);
    }

    private void check(long gpa) {
        if (memory.load(gpa, 8) != current(gpa)) {
            throw new Violation("word " + hex(gpa) + " is " + hex(memory.load(gpa, 8)) + ", was left " + hex(current(gpa)));
        }
    }

    // ---- what may be

    /// Checks that an access which went to guest-physical `gpa` may have gone there.
    void used(Hart hart, long gva, AccessType access, int privilege, long gpa) {
        int top = levels(hart) - 1;
        if (!search(hart, gva, access, privilege, gpa, top, table(hart), TranslationMode.asid(root(hart)), false)
                && (second || !search(hart, gva, access, privilege, gpa, top, table(hart), ANY_ASID, false))) {
            throw new Violation("hart " + hart.id() + " root " + hex(root(hart)) + " " + access + " of " + hex(gva)
                    + " went to " + hex(gpa) + ", now " + describe(hart, gva) + "\n" + explain(hart, gva));
        }
    }

    /// With an ASID, fences of that ASID count; without one only those of all, and the path must be global.
    private boolean search(Hart hart, long gva, AccessType access, int privilege, long gpa, int level, long table, int asid,
            boolean global) {
        long word = word(hart, table, level, gva);
        if (!memory.contains(word, 8)) {
            return false;
        }
        List<Value> history = histories.get(word);
        if (history == null) {
            return false;
        }
        long wide = wideFence(hart.id(), asid);
        long narrow = Math.max(wide, narrowFence(hart.id(), asid, level, gva));
        for (int i = history.size() - 1; i >= 0; i--) {
            long value = history.get(i).value;
            long since = history.get(i).since;
            long until = i + 1 < history.size() ? history.get(i + 1).since : NEVER;
            boolean found = switch (kind(value, level)) {
                case POINTER -> until > wide && wasActive(hart.id(), asid, since, until, wide) && search(hart, gva, access, privilege, gpa, level - 1, frame(value), asid,
                        global || isGlobal(value));
                case LEAF -> until > narrow && wasActive(hart.id(), asid, since, until, narrow) && target(value, level, gva) == gpa
                        && allows(hart, value, access, privilege)
                        && (value & (access == AccessType.STORE ? 0xc0 : 0x40)) == (access == AccessType.STORE ? 0xc0 : 0x40)
                        && (asid != ANY_ASID || global || isGlobal(value));
                default -> false;
            };
            if (found) {
                return true;
            }
            if (until <= wide) {
                return false;
            }
        }
        return false;
    }

    private long wideFence(int hart, int asid) {
        long all = asidFences.getOrDefault(new AsidSpan(hart, ANY_ASID, 0, 0), 0L);
        return asid == ANY_ASID ? all : Math.max(all, asidFences.getOrDefault(new AsidSpan(hart, asid, 0, 0), 0L));
    }

    private long narrowFence(int hart, int asid, int level, long gva) {
        long span = gva >> 12 + 9 * level;
        long all = addressFences.getOrDefault(new AsidSpan(hart, ANY_ASID, level, span), 0L);
        return asid == ANY_ASID ? all
                : Math.max(all, addressFences.getOrDefault(new AsidSpan(hart, asid, level, span), 0L));
    }

    /// Checks that an access which trapped with `cause` traps so under the tables as they are.
    void faulted(Hart hart, long gva, AccessType access, int privilege, int cause) {
        int wanted = outcome(hart, gva, access, privilege);
        if (wanted != cause) {
            throw new Violation("hart " + hart.id() + " root " + hex(root(hart)) + " " + access + " of " + hex(gva)
                    + " by privilege " + privilege + " trapped with " + cause + ", should have " + wanted + ", now "
                    + describe(hart, gva));
        }
    }

    /// The exception that the tables as they are give an access, or -1; a page that is not RAM counts as an access fault.
    int outcome(Hart hart, long gva, AccessType access, int privilege) {
        int levels = levels(hart);
        long table = table(hart);
        int shift = 64 - 12 - 9 * levels;
        if (second ? gva >>> 12 + 9 * levels + 2 != 0 : gva << shift >> shift != gva) {
            return pageFault(access);
        }
        for (int level = levels - 1; ; level--) {
            long word = word(hart, table, level, gva);
            if (!memory.contains(word, 8)) {
                return access.accessFault();
            }
            long value = current(word);
            switch (kind(value, level)) {
                case POINTER -> table = frame(value);
                case LEAF -> {
                    boolean touched = (value & 0x40) != 0 && (access != AccessType.STORE || (value & 0x80) != 0);
                    return !allows(hart, value, access, privilege) || !touched && !context(hart).updatesAccessedDirty()
                            ? pageFault(access) : memory.contains(target(value, level, gva), 1) ? -1
                            : access.accessFault();
                }
                default -> {
                    return pageFault(access);
                }
            }
        }
    }

    // ---- the specification again, independently

    private static final int INVALID = 0;
    private static final int POINTER = 1;
    private static final int LEAF = 2;

    private int kind(long pte, int level) {
        boolean r = (pte & 2) != 0;
        boolean w = (pte & 4) != 0;
        boolean x = (pte & 8) != 0;
        int type = (int) (pte >>> 61) & 3;
        boolean napot = pte >>> 63 != 0;
        if ((pte & 1) == 0 || w && !r || (pte >>> 54 & 0x7f) != 0) {
            return INVALID;
        }
        if (!r && !x) {
            return level == 0 || (pte & 0xd0) != 0 || type != 0 || napot ? INVALID : POINTER;
        }
        if (type == 3 || type != 0 && !pbmt || napot && (level != 0 || (pte >>> 10 & 15) != 8)) {
            return INVALID;
        }
        return frame(pte) % (1L << 12 + 9 * level) != 0 ? INVALID : LEAF;
    }

    private static long frame(long pte) {
        return (pte << 10 >>> 20) << 12;
    }

    private static long target(long pte, int level, long gva) {
        long size = pte < 0 ? 65536 : 1L << 12 + 9 * level;
        return frame(pte) / size * size + (gva & size - 1);
    }

    private boolean allows(Hart hart, long pte, AccessType access, int privilege) {
        boolean user = (pte & 16) != 0;
        if (second ? !user : privilege == Hart.USER && !user
                || privilege == Hart.SUPERVISOR && user && (access == AccessType.FETCH || !context(hart).sum())) {
            return false;
        }
        return switch (access) {
            case LOAD -> (pte & 2) != 0 || context(hart).mxr() && (pte & 8) != 0;
            case STORE -> (pte & 4) != 0;
            case FETCH -> (pte & 8) != 0;
        };
    }

    private String describe(Hart hart, long gva) {
        StringBuilder text = new StringBuilder();
        long table = table(hart);
        for (int level = levels(hart) - 1; level >= 0; level--) {
            long word = word(hart, table, level, gva);
            if (!memory.contains(word, 8)) {
                break;
            }
            long value = current(word);
            text.append(hex(word)).append(": ").append(hex(value)).append(' ');
            if (kind(value, level) != POINTER) {
                break;
            }
            table = frame(value);
        }
        return text.toString();
    }

    private String explain(Hart hart, long gva) {
        int asid = TranslationMode.asid(root(hart));
        StringBuilder text = new StringBuilder("time " + time + ", wide fence " + wideFence(hart.id(), asid) + ", narrow "
                + narrowFence(hart.id(), asid, 0, gva) + "\n");
        long table = table(hart);
        for (int level = levels(hart) - 1; level >= 0; level--) {
            long word = word(hart, table, level, gva);
            List<Value> history = histories.getOrDefault(word, List.of());
            text.append(hex(word)).append(' ');
            for (Value value : history.subList(Math.max(0, history.size() - 6), history.size())) {
                text.append(hex(value.value)).append('@').append(value.since).append(' ');
            }
            text.append('\n');
            if (history.isEmpty() || kind(history.getLast().value, level) != POINTER) {
                break;
            }
            table = frame(history.getLast().value);
        }
        return text.toString();
    }

    private static String hex(long value) {
        return "0x" + Long.toHexString(value);
    }
}
