// SPDX-License-Identifier: Apache-2.0
package org.penumbra.interpreter;

import org.penumbra.hart.Hart;
import org.penumbra.isa.Assembler;
import org.penumbra.monitor.Monitor;
import org.penumbra.paging.ModelOptions;
import org.penumbra.paging.TestMachine;

/// One hart in machine mode with a program from assembler text at the start of RAM.
final class TestGuest {
    static final long BASE = TestMachine.BASE;

    final TestMachine machine;
    final Hart hart;
    final Monitor monitor;
    private Assembler assembler;

    /// @param tlbEntries of every TLB
    TestGuest(int tlbEntries) {
        machine = new TestMachine("native", ModelOptions.DEFAULTS, tlbEntries);
        hart = machine.hart(0);
        monitor = machine.monitor(0);
    }

    /// Writes the program, whose CSRs may have names, and has the hart start at its first instruction.
    void load(String text) {
        assembler = new Assembler(BASE, hart.csrs::number);
        byte[] code = assembler.assemble(text);
        for (int i = 0; i < code.length; i++) {
            machine.storeBare(0, BASE + i, 1, code[i]);
        }
        hart.pc = BASE;
        hart.yieldRequested = false;
    }

    /// Address of a label of the program.
    long address(String label) {
        return assembler.value(label);
    }

    void run(long instructions) {
        run(instructions, new Interpreter(hart, monitor, Interpreter.NEVER));
    }

    /// Runs until so many instructions have been retired, or a yield is requested for another reason than stores to code.
    void run(long instructions, Interpreter interpreter) {
        hart.remaining = instructions;
        hart.deadline = instructions;
        do {
            hart.yieldRequested = false;
            interpreter.run();
        } while (hart.yieldRequested && !hart.trapPending() && !hart.waiting && hart.remaining > 0);
    }
}
