// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.translator;

import java.util.Arrays;
import org.penumbra.hart.Hart;
import org.penumbra.interpreter.Execution;
import org.penumbra.isa.Instruction;
import org.penumbra.isa.fp.FloatStatus;
import org.penumbra.monitor.Monitor;

/// The class data of a translated region: its hart, and its loads and stores by number, for their slow paths.
final class AccessSites {
    /// How to proceed after an access: continue in the region, leave it after the instruction, or leave it because the
    /// instruction trapped.
    static final int GO_ON = 0;
    static final int LEAVE = 1;
    static final int TRAPPED = -1;

    final Hart hart;
    final long[] registers;
    final FloatStatus status;
    private final Monitor monitor;
    private final Execution execution;
    private final boolean usesFloat;
    private long[] pcs = new long[16];
    private byte[] lengths = new byte[16];
    private byte[] sizes = new byte[16];
    private int[] retiredBefore = new int[16];
    private Instruction[] stepped = new Instruction[16];
    private int count;
    /// The value of the last [#load], not extended.
    long raw;

    /// @param execution of instructions that the region leaves to it
    /// @param usesFloat whether the region relies on mstatus.FS being dirty
    AccessSites(Monitor monitor, Execution execution, boolean usesFloat) {
        this.monitor = monitor;
        this.execution = execution;
        this.usesFloat = usesFloat;
        this.hart = monitor.hart();
        this.registers = hart.registers;
        this.status = hart.floatStatus;
    }

    /// @param length of the instruction
    /// @param before instructions of its block before it
    /// @param size   of the access, in bytes
    /// @return its number
    int add(long pc, int length, int before, int size) {
        if (count == pcs.length) {
            pcs = Arrays.copyOf(pcs, 2 * count);
            lengths = Arrays.copyOf(lengths, 2 * count);
            sizes = Arrays.copyOf(sizes, 2 * count);
            retiredBefore = Arrays.copyOf(retiredBefore, 2 * count);
            stepped = Arrays.copyOf(stepped, 2 * count);
        }
        pcs[count] = pc;
        lengths[count] = (byte) length;
        sizes[count] = (byte) size;
        retiredBefore[count] = before;
        return count++;
    }

    /// @param i an instruction for [#step]
    /// @return its number
    int add(long pc, Instruction i, int before) {
        int site = add(pc, i.length(), before, 0);
        stepped[site] = i;
        return site;
    }

    /// A load that missed; the value is in [#raw] unless it trapped.
    ///
    /// @param remaining the budget at the start of the block
    /// @return how to proceed
    int load(long gva, int site, long remaining) {
        hart.pc = pcs[site];
        hart.remaining = remaining - retiredBefore[site];
        raw = monitor.load(gva, sizes[site]);
        return after(site, remaining);
    }

    /// A store that missed.
    int store(long gva, long value, int site, long remaining) {
        hart.pc = pcs[site];
        hart.remaining = remaining - retiredBefore[site];
        monitor.store(gva, sizes[site], value);
        return after(site, remaining);
    }

    /// Leaves an instruction to the interpreter.
    ///
    /// @param remaining the budget at the start of the block
    void interpret(int site, long remaining) {
        hart.pc = pcs[site];
        hart.remaining = remaining - retiredBefore[site];
    }

    /// Executes an instruction whose operands are in the hart.
    ///
    /// @param remaining the budget at the start of the block
    /// @return how to proceed
    int step(int site, long remaining) {
        interpret(site, remaining);
        if (execution.stepWithin(stepped[site], usesFloat)) {
            return GO_ON;
        }
        return hart.trapPending() ? TRAPPED : LEAVE;
    }

    private int after(int site, long remaining) {
        if (!hart.yieldRequested) {
            return GO_ON;
        }
        if (hart.trapPending()) {
            return TRAPPED;
        }
        hart.pc = pcs[site] + lengths[site];
        hart.remaining = remaining - retiredBefore[site] - 1;
        return LEAVE;
    }
}
