// SPDX-License-Identifier: Apache-2.0
package org.penumbra.mmu;

import java.util.ArrayList;
import java.util.List;

/// A guest-physical page that instructions have been fetched from, with what one hart has decoded of it.
///
/// Its identity stands for the guest-physical page: one object a hart and page, kept when the code in it is dropped.
public final class CodePage {
    /// Half-words in a page: an instruction may start at each.
    public static final int SLOTS = 2048;
    /// Word behind the end of a page, so that running off it needs no test.
    public static final long PAGE_END = 0xff;
    /// Word of an instruction that must be looked at anew each time.
    public static final long UNKEPT = 0xfe | 1L << 30;

    /// Told when code that it was made from has been overwritten.
    public interface Dependent {
        void codeDropped();
    }

    private final long gpa;
    private final long hostAddress;
    /// Decoded instructions by half-word, zero where nothing has been decoded, and [#PAGE_END] behind the last two;
    /// owned by the interpreter.
    public final long[] words = new long[SLOTS + 2];
    /// How often control arrived at a half-word by a jump; owned by the engine.
    public final short[] heat = new short[SLOTS];
    /// What the engine built that starts at a half-word; owned by the engine.
    public final Object[] units = new Object[SLOTS];
    private final List<Dependent> dependents = new ArrayList<>();
    private final boolean guarded;
    private CodePage twin;
    private boolean decoded;

    public CodePage(long gpa, long hostAddress) {
        this(gpa, hostAddress, false);
    }

    private CodePage(long gpa, long hostAddress, boolean guarded) {
        this.gpa = gpa;
        this.hostAddress = hostAddress;
        this.guarded = guarded;
        words[SLOTS] = PAGE_END;
        words[SLOTS + 1] = PAGE_END;
    }

    /// Stands for this page where physical memory protection allows fetches from parts of it only: every instruction is
    /// checked and decoded anew, and no compiled code starts in it or runs into it.
    public CodePage guarded() {
        if (twin == null) {
            twin = new CodePage(gpa, hostAddress, true);
            java.util.Arrays.fill(twin.words, 0, SLOTS, UNKEPT);
        }
        return twin;
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

    /// Whether a store to `[offset, offset + size)` of the page touches a decoded instruction.
    public boolean overlapsCode(int offset, int size) {
        int first = Math.max(0, (offset >> 1) - 1);
        int last = Math.min(SLOTS - 1, (offset + size - 1) >> 1);
        for (int slot = first; slot <= last; slot++) {
            if (words[slot] != 0) {
                return true;
            }
        }
        return false;
    }

    /// Forgets all decoded code of the page and everything built from it.
    public void drop() {
        java.util.Arrays.fill(words, 0, SLOTS, 0);
        java.util.Arrays.fill(heat, (short) 0);
        java.util.Arrays.fill(units, null);
        decoded = false;
        for (Dependent dependent : dependents) {
            dependent.codeDropped();
        }
        dependents.clear();
    }
}
