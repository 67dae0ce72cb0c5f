// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.nodes;

import com.oracle.truffle.api.CompilerDirectives.TruffleBoundary;
import com.oracle.truffle.api.frame.VirtualFrame;
import org.penumbra.hart.Hart;
import org.penumbra.interpreter.Execution;
import org.penumbra.isa.Instruction;

/// An instruction that the interpreter executes in the middle of the region; it may change which translations hold.
final class StepNode extends InstructionNode {
    private final Instruction instruction;
    private final Execution execution;
    private final boolean usesFloat;
    @Child MonitorNode monitor;

    /// @param usesFloat whether the region relies on mstatus.FS being dirty
    StepNode(Instruction instruction, Execution execution, boolean usesFloat, MonitorNode monitor) {
        this.instruction = instruction;
        this.execution = execution;
        this.usesFloat = usesFloat;
        this.monitor = monitor;
    }

    @Override
    public void execute(VirtualFrame frame) {
        Hart hart = monitor.hart();
        pass(frame, instruction.source1());
        pass(frame, instruction.source2());
        monitor.arrive(frame);
        boolean goesOn = step();
        if (!hart.trapPending()) {
            Slots.write(frame, instruction.destination(), hart.registers[instruction.destination()]);
        }
        frame.setLongStatic(Slots.TLB, hart.dataTlb);
        if (!goesOn) {
            throw RegionExit.INSTANCE;
        }
    }

    private void pass(VirtualFrame frame, int register) {
        if (register != 0) {
            monitor.hart().registers[register] = frame.getLongStatic(register);
        }
    }

    @TruffleBoundary(transferToInterpreterOnException = false)
    private boolean step() {
        return execution.stepWithin(instruction, usesFloat);
    }
}
