// SPDX-License-Identifier: Apache-2.0
package org.penumbra.mmu;

/// The references that hardware makes to translate one address, in their order, and the leaf that they lead to. The
/// object is reused: a new walk replaces the last one.
public final class HardwareWalk implements TableTrace {
    /// What a reference goes to.
    public static final int GUEST = 0;
    public static final int SECOND_STAGE = 1;
    public static final int SHADOW = 2;
    public static final int STAGES = 3;

    /// The guest's levels, each with its own walk of a second stage, and one more of these.
    private static final int MOST = TranslationMode.MAXIMUM_LEVELS
            + (TranslationMode.MAXIMUM_LEVELS + 1) * TranslationMode.MAXIMUM_LEVELS;

    private final int[] stages = new int[MOST];
    private final int[] levels = new int[MOST];
    private final long[] places = new long[MOST];
    private final long[] subjects = new long[MOST];
    private int count;
    private long leaf;
    private int leafLevel;
    private long gpa;

    /// Begins another walk, which has found nothing yet.
    public HardwareWalk begin() {
        count = 0;
        leaf = 0;
        return this;
    }

    @Override
    public void guest(long address, int level) {
        add(GUEST, level, address, 0);
    }

    @Override
    public void secondStage(long address, long offset, int level) {
        add(SECOND_STAGE, level, offset, address);
    }

    @Override
    public void shadow(long offset, int level) {
        add(SHADOW, level, offset, 0);
    }

    private void add(int stage, int level, long place, long subject) {
        stages[count] = stage;
        levels[count] = level;
        places[count] = place;
        subjects[count] = subject;
        count++;
    }

    /// Ends the walk with a leaf.
    ///
    /// @param entry   in the format of a page-table entry, with the permissions that the hardware checks
    /// @param level   of the page that a TLB entry made of it covers: the smaller one of two stages
    /// @param address guest-physical, of the byte translated
    public void found(long entry, int level, long address) {
        leaf = entry;
        leafLevel = level;
        gpa = address;
    }

    /// Number of references.
    public int count() {
        return count;
    }

    /// [#GUEST], [#SECOND_STAGE] or [#SHADOW].
    public int stage(int reference) {
        return stages[reference];
    }

    public int level(int reference) {
        return levels[reference];
    }

    /// As told to [TableTrace].
    public long place(int reference) {
        return places[reference];
    }

    /// The guest-physical address that a second-stage reference serves to translate.
    public long subject(int reference) {
        return subjects[reference];
    }

    /// Whether there is a leaf, whatever it permits.
    public boolean hasLeaf() {
        return leaf != 0;
    }

    public long leaf() {
        return leaf;
    }

    public int leafLevel() {
        return leafLevel;
    }

    public long gpa() {
        return gpa;
    }
}
