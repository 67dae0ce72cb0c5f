// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.nodes;

import com.oracle.truffle.api.CompilerDirectives;
import com.oracle.truffle.api.CompilerDirectives.TruffleBoundary;
import com.oracle.truffle.api.frame.VirtualFrame;
import com.oracle.truffle.api.nodes.Node;
import org.penumbra.hart.Hart;
import org.penumbra.memory.HostMemory;
import org.penumbra.mmu.ShadowTlb;
import org.penumbra.monitor.Monitor;

/// The TLB probe and the slow path of one instruction in compiled code. The slow path passes the instruction's pc and
/// count to the [Monitor], and leaves the region afterwards if the hart requests a yield.
public final class MonitorNode extends Node {
    private final Hart hart;
    private final Monitor monitor;
    private final int entries;
    private final long pc;
    private final int length;
    private final int before;
    private final boolean cold;

    /// @param before instructions of the block before this one
    /// @param cold   whether a yield request very rarely follows this instruction
    public MonitorNode(Monitor monitor, long pc, int length, int before, boolean cold) {
        this.monitor = monitor;
        this.hart = monitor.hart();
        this.entries = hart.spaces().entries();
        this.pc = pc;
        this.length = length;
        this.before = before;
        this.cold = cold;
    }

    Hart hart() {
        return hart;
    }

    /// Whether a yield request very rarely follows this instruction; leaving here then costs a deoptimisation.
    boolean cold() {
        return cold;
    }

    /// Address of the TLB entry that may hold `gva`.
    private long entry(VirtualFrame frame, long gva) {
        return ShadowTlb.entry(frame.getLongStatic(Slots.TLB), gva, entries);
    }

    /// Whether an access to `gva` hits.
    ///
    /// @param tag    which tag to compare, [ShadowTlb#LOAD_TAG] or [ShadowTlb#STORE_TAG]
    /// @param wanted the value it must equal
    boolean hits(VirtualFrame frame, long gva, int tag, long wanted) {
        return CompilerDirectives.injectBranchProbability(CompilerDirectives.FASTPATH_PROBABILITY,
                HostMemory.getLong(entry(frame, gva) + tag) == wanted);
    }

    /// Host address of `gva`, which hits.
    long address(VirtualFrame frame, long gva) {
        return gva + HostMemory.getLong(entry(frame, gva) + ShadowTlb.ADDEND);
    }

    long load(VirtualFrame frame, long gva, int size) {
        return load(gva, size, pc, frame.getLongStatic(Slots.REMAINING) - before);
    }

    void store(VirtualFrame frame, long gva, int size, long value) {
        store(gva, size, value, pc, frame.getLongStatic(Slots.REMAINING) - before);
    }

    /// Whether the hart requests a yield, so that the region has to be left with [#depart].
    boolean yieldRequested() {
        if (CompilerDirectives.injectBranchProbability(CompilerDirectives.SLOWPATH_PROBABILITY, hart.yieldRequested)) {
            if (cold) {
                CompilerDirectives.transferToInterpreter();
                ((RegionRootNode) getRootNode()).tookSideExit(pc);
            }
            return true;
        }
        return false;
    }

    boolean trapped() {
        return hart.trapPending();
    }

    /// Leaves the region after this instruction, or at it if it trapped.
    void depart(VirtualFrame frame) {
        if (!hart.trapPending()) {
            hart.pc = pc + length;
            hart.remaining = frame.getLongStatic(Slots.REMAINING) - before - 1;
        }
        throw RegionExit.INSTANCE;
    }

    @TruffleBoundary(transferToInterpreterOnException = false)
    private long load(long gva, int size, long at, long remaining) {
        hart.pc = at;
        hart.remaining = remaining;
        return monitor.load(gva, size);
    }

    @TruffleBoundary(transferToInterpreterOnException = false)
    private void store(long gva, int size, long value, long at, long remaining) {
        hart.pc = at;
        hart.remaining = remaining;
        monitor.store(gva, size, value);
    }

    /// Tells the hart that this instruction is the next one.
    void arrive(VirtualFrame frame) {
        hart.pc = pc;
        hart.remaining = frame.getLongStatic(Slots.REMAINING) - before;
    }

    /// Leaves the region so that the interpreter executes this instruction.
    void interpret(VirtualFrame frame) {
        if (cold) {
            CompilerDirectives.transferToInterpreter();
            ((RegionRootNode) getRootNode()).tookSideExit(pc);
        }
        arrive(frame);
        throw RegionExit.INSTANCE;
    }
}
