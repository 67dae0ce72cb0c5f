// SPDX-License-Identifier: Apache-2.0
package org.penumbra.hart;

import org.penumbra.mmu.AddressSpaces;
import org.penumbra.mmu.FetchTlb;

/// Architectural state of one hart.
///
/// While guest code runs the engine may hold registers, pc and the instruction count elsewhere; they are here
/// whenever the monitor is entered, pc being that of the instruction which entered it.
public final class Hart {
    public static final int USER = 0;
    public static final int SUPERVISOR = 1;
    public static final int MACHINE = 3;

    /// Index of f0 in [#registers].
    public static final int FLOATS = 32;
    /// Index in [#registers] that writes to x0 are decoded to.
    public static final int SINK = 64;

    private final int id;
    private final AddressSpaces spaces;

    /// x0–x31, f0–f31 and the sink.
    public final long[] registers = new long[SINK + 1];
    public long pc;
    /// Current privilege: [#USER], [#SUPERVISOR] or [#MACHINE].
    public int privilege = MACHINE;

    /// Instructions left until the count reaches [#deadline], where the machine wants to be asked.
    public long remaining;
    /// Retired-instruction count at which the machine wants to be asked.
    public long deadline;
    /// Set by whatever makes compiled code and the interpreter leave after the current instruction: an interrupt that
    /// may be pending, dropped code, a changed fetch translation, power-off.
    public boolean attention;

    /// Host address of the active [org.penumbra.mmu.ShadowTlb] for loads and stores.
    public long dataTlb;
    /// Active fetch TLB.
    public FetchTlb fetchTlb;

    public Hart(int id, AddressSpaces spaces) {
        this.id = id;
        this.spaces = spaces;
    }

    public int id() {
        return id;
    }

    public AddressSpaces spaces() {
        return spaces;
    }

    /// Instructions retired since reset.
    public long instret() {
        return deadline - remaining;
    }
}
