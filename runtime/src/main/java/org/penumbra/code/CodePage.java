// SPDX-License-Identifier: Apache-2.0
package org.penumbra.code;

import java.util.ArrayList;
import java.util.List;
import org.penumbra.memory.HostMemory;

/// A guest-physical page that instructions have been fetched from, with what has been decoded of it.
///
/// Its identity stands for the guest-physical page: one object a page, kept when the code in it is dropped.
public final class CodePage {
    /// Half-words in a page: an instruction may start at each.
    public static final int SLOTS = 2048;
    /// Stores to decoded instructions until the whole page is forgotten: a kernel that patches itself does fewer.
    private static final int MOST_OVERWRITTEN = 100;
    /// Times that built code is dropped before that counts as a habit, and instructions without it that end the habit.
    private static final int MANY_CHANGES = 16;
    private static final long CALM = 10_000_000;

    /// Word behind the end of a page, so that running off it needs no test.
    public static final long PAGE_END = 0xff;
    /// Word of an instruction that must be looked at anew each time.
    public static final long UNKEPT = 0xfe | 1L << 15;

    /// Told when code that it was made from has been overwritten.
    public interface Dependent {
        void codeDropped();
    }

    private final long gpa;
    private final long hostAddress;
    private final CodeMemory memory;
    private final long words;
    /// How often control arrived at a half-word by a jump; owned by the engine.
    public final short[] heat = new short[SLOTS];
    /// What the engine built that starts at a half-word; most pages have nothing.
    private Object[] units;
    private final List<Dependent> dependents = new ArrayList<>();
    private final boolean guarded;
    private CodePage twin;
    /// Whether this is a twin because of what is watched in it; physical memory protection allows all of it.
    private boolean forWatch;
    private boolean decoded;
    /// How many half-words have a word.
    private int filled;
    private int overwritten;
    private int changes;
    private long changedAt;

    /// @param hostAddress of the page's bytes
    /// @param memory      where what is decoded of it is kept
    public CodePage(long gpa, long hostAddress, CodeMemory memory) {
        this(gpa, hostAddress, memory, false);
    }

    private CodePage(long gpa, long hostAddress, CodeMemory memory, boolean guarded) {
        this.gpa = gpa;
        this.hostAddress = hostAddress;
        this.memory = memory;
        this.words = memory.take();
        this.guarded = guarded;
        HostMemory.putLong(words + 8L * SLOTS, PAGE_END);
    }

    /// The half-word of its page that an address names.
    public static int slot(long address) {
        return (int) (address & 4095) >>> 1;
    }

    /// Address of the page that an address lies in.
    public static long page(long address) {
        return address & -4096;
    }

    /// Host address of the decoded instructions, a word of eight bytes for each half-word, zero where nothing has been decoded,
    /// and [#PAGE_END] behind the last; their form is the interpreter's. It is good until this is released, or its memory closed.
    public long words() {
        return words;
    }

    public long word(int slot) {
        return HostMemory.getLong(words + 8L * slot);
    }

    public void setWord(int slot, long word) {
        filled += (word != 0 ? 1 : 0) - (word(slot) != 0 ? 1 : 0);
        HostMemory.putLong(words + 8L * slot, word);
    }

    /// Stands for this page where physical memory protection allows fetches from parts of it only: every instruction is
    /// checked and decoded anew, and no compiled code starts in it or runs into it.
    public CodePage guarded() {
        if (guarded) {
            return this;
        }
        if (twin == null) {
            twin = new CodePage(gpa, hostAddress, memory, true);
            twin.twin = this;
            for (int slot = 0; slot < SLOTS; slot++) {
                twin.setWord(slot, UNKEPT);
            }
        }
        return twin;
    }

    /// The twin where instructions of the page are watched, and where not the page again, unless it was the twin for another
    /// reason.
    public CodePage watched(boolean watched) {
        if (watched && !guarded) {
            CodePage other = guarded();
            other.forWatch = true;
            return other;
        }
        return !watched && guarded && forWatch ? twin : this;
    }

    /// Whether each fetch must be checked.
    public boolean isGuarded() {
        return guarded;
    }

    /// Guest-physical address of the page.
    public long gpa() {
        return gpa;
    }

    /// Host address of the page's bytes.
    public long hostAddress() {
        return hostAddress;
    }

    /// Whether stores to the page must reach the monitor.
    public boolean holdsCode() {
        return decoded;
    }

    public void markDecoded() {
        decoded = true;
    }

    public void addDependent(Dependent dependent) {
        dependents.add(dependent);
    }

    /// Says that one need not be told any more.
    public void removeDependent(Dependent dependent) {
        dependents.remove(dependent);
    }

    /// What the engine built that starts at a half-word, or null.
    public Object unit(int slot) {
        return units == null ? null : units[slot];
    }

    public void setUnit(int slot, Object unit) {
        if (units == null) {
            units = new Object[SLOTS];
        }
        units[slot] = unit;
    }

    /// Whether what was built from the page was dropped so often, and last so recently, that building more is in vain.
    ///
    /// @param instructions the hart's count now; harts that take turns have counts of their own
    public boolean restless(long instructions) {
        return changes >= MANY_CHANGES && Math.abs(instructions - changedAt) < CALM;
    }

    /// Forgets the decoded instructions that a store to `[offset, offset + size)` overwrites, and all that was built from
    /// the page if there are any.
    ///
    /// A page that is overwritten again and again is taken to be data by now, and forgotten whole. One with nothing left is
    /// data indeed: a kernel that clears a frame by blocks of 64 bytes, to use it for something else, does few stores.
    /// @param instructions the hart's count now
    /// @return whether there were any
    public boolean overwrite(int offset, int size, long instructions) {
        int first = Math.max(0, (offset >> 1) - 1);
        int last = Math.min(SLOTS - 1, (offset + size - 1) >> 1);
        boolean hit = false;
        for (int slot = first; slot <= last; slot++) {
            if (word(slot) != 0) {
                setWord(slot, 0);
                hit = true;
            }
        }
        if (hit) {
            if (!dependents.isEmpty()) {
                changes++;
                changedAt = instructions;
            }
            if (filled == 0 || ++overwritten > MOST_OVERWRITTEN) {
                drop();
            } else {
                dropBuilt();
            }
        }
        return hit;
    }

    /// Forgets all decoded code of the page and everything built from it.
    public void drop() {
        if (filled != 0) {
            HostMemory.fill(words, 8L * SLOTS, (byte) 0);
            filled = 0;
        }
        java.util.Arrays.fill(heat, (short) 0);
        decoded = false;
        overwritten = 0;
        dropBuilt();
    }

    /// Drops all and gives the memory of the decoded instructions back: the end of this object, which no TLB may hold any more.
    public void release() {
        drop();
        memory.give(words);
        if (twin != null) {
            twin.drop();
            memory.give(twin.words);
        }
    }

    private void dropBuilt() {
        if (units != null) {
            java.util.Arrays.fill(units, null);
        }
        for (Dependent dependent : dependents) {
            dependent.codeDropped();
        }
        dependents.clear();
    }
}
