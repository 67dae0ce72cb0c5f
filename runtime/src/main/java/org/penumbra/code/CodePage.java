// SPDX-License-Identifier: Apache-2.0
package org.penumbra.code;

import java.util.ArrayList;
import java.util.List;
import org.penumbra.isa.InstructionSet;
import org.penumbra.memory.HostMemory;

/// A guest-physical page that instructions have been fetched from, with its decoded instructions.
///
/// There is one object per guest-physical page, so identity can be compared; it survives when its code is dropped.
public final class CodePage {
    /// Half-words in a page; an instruction may start at any of them.
    public static final int SLOTS = 2048;
    /// Stores into decoded code after which the whole page counts as data. Self-patching kernels stay below it.
    private static final int MOST_OVERWRITTEN = 100;
    /// How often built code must be dropped before no more is built from the page, and the number of instructions
    /// without a drop after which it is built again.
    private static final int MANY_CHANGES = 16;
    private static final long LONG_UNCHANGED = 10_000_000;

    /// Word after the last one of a page, so that running off the end needs no test.
    public static final long PAGE_END = 0xff;
    /// Word of an instruction that must be decoded again each time.
    public static final long UNKEPT = 0xfe | 1L << 15;

    /// Code built from a page; notified when the code it was built from is overwritten.
    public interface Dependent {
        void codeDropped();
    }

    private final long gpa;
    private final long hostAddress;
    private final CodeMemory memory;
    private final long words;
    /// How often a jump arrived at each half-word; owned by the engine.
    public final short[] heat = new short[SLOTS];
    /// Code that the engine built, by the half-word where it starts; most pages have none.
    private Object[] units;
    private final List<Dependent> dependents = new ArrayList<>();
    private final boolean guarded;
    private CodePage twin;
    /// Whether this twin exists only because addresses in it are watched; physical memory protection permits the whole
    /// page.
    private boolean forWatch;
    private boolean decoded;
    /// See [#endInstruction].
    private boolean endsInstruction;
    /// Number of half-words that have been decoded.
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

    /// Index, within its page, of the half-word at an address.
    public static int slot(long address) {
        return (int) (address & 4095) >>> 1;
    }

    /// Address of the page that contains an address.
    public static long page(long address) {
        return address & -4096;
    }

    /// Host address of the decoded instructions: one 8-byte word per half-word, zero if not decoded yet, followed by
    /// [#PAGE_END]. The format is that of the interpreter. Valid until this page is released or its memory closed.
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

    /// The twin replaces this page when physical memory protection permits fetches from only part of it: every
    /// instruction is checked and decoded again, and no compiled code starts in it or runs into it.
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

    /// Returns the twin if instructions of the page are watched, else the page itself, unless the twin is needed for
    /// another reason.
    public CodePage watched(boolean watched) {
        if (watched && !guarded) {
            CodePage other = guarded();
            other.forWatch = true;
            return other;
        }
        return !watched && guarded && forWatch ? twin : this;
    }

    /// Whether every fetch must be checked.
    public boolean isGuarded() {
        return guarded;
    }

    /// Guest-physical address of the page.
    public long gpa() {
        return gpa;
    }

    /// The instructions that its code may consist of.
    public InstructionSet instructions() {
        return memory.instructions();
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

    /// Whether anything is built from the page.
    public boolean hasDependents() {
        return !dependents.isEmpty();
    }

    /// Removes a unit that no longer needs to be notified.
    public void removeDependent(Dependent dependent) {
        dependents.remove(dependent);
    }

    /// The code that the engine built to start at a half-word, or null.
    public Object unit(int slot) {
        return units == null ? null : units[slot];
    }

    public void setUnit(int slot, Object unit) {
        if (units == null) {
            units = new Object[SLOTS];
        }
        units[slot] = unit;
    }

    /// Whether code built from the page was dropped so often, and so recently, that building more is not worthwhile.
    ///
    /// @param instructions the hart's current count; each hart has its own
    public boolean changesOften(long instructions) {
        return changes >= MANY_CHANGES && Math.abs(instructions - changedAt) < LONG_UNCHANGED;
    }

    /// Notes that something is being built from its first half-word as the end of an instruction that starts in another
    /// page.
    public void endInstruction() {
        endsInstruction = true;
    }

    /// Drops the decoded instructions that a store to `[offset, offset + size)` overwrites; if there are any, also
    /// drops everything built from the page.
    ///
    /// A page that is overwritten repeatedly is assumed to hold data now and is dropped as a whole. So is one with no
    /// decoded instructions left: a kernel that clears a frame for reuse in 64-byte blocks does few stores.
    /// @param instructions the hart's count now
    /// @return whether any decoded instruction was overwritten, or the end of one that something was built from
    public boolean overwrite(int offset, int size, long instructions) {
        int first = Math.max(0, (offset >> 1) - 1);
        int last = Math.min(SLOTS - 1, (offset + size - 1) >> 1);
        boolean ends = endsInstruction && offset < 2;
        if (ends) {
            endsInstruction = false;
            changes++;
            changedAt = instructions;
            dropBuilt();
        }
        boolean hit = false;
        for (int slot = first; slot <= last; slot++) {
            if (word(slot) != 0) {
                setWord(slot, 0);
                hit = true;
            }
        }
        if (hit) {
            if (hasDependents()) {
                changes++;
                changedAt = instructions;
            }
            if (filled == 0 || ++overwritten > MOST_OVERWRITTEN) {
                drop();
            } else {
                dropBuilt();
            }
        }
        return hit || ends;
    }

    /// Drops all decoded instructions of the page and everything built from it.
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

    /// Drops everything and releases the memory of the decoded instructions. The object must not be used afterwards,
    /// and no TLB may still hold it.
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
        List<Dependent> dropped = List.copyOf(dependents);
        dependents.clear();
        dropped.forEach(Dependent::codeDropped);
    }
}
