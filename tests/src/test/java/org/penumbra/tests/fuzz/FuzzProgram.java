// SPDX-License-Identifier: Apache-2.0
package org.penumbra.tests.fuzz;

import java.util.ArrayList;
import java.util.List;
import org.penumbra.isa.BranchOp;
import org.penumbra.isa.ImmediateOp;

/// A random program: how the machine is set up for it, and its code as a tree of items that can be left out one by one.
///
/// @param seed      that it was generated from
/// @param setup     of the machine
/// @param padding   bytes left free in front of it, so that programs lie across pages
/// @param registers x0–x31, f0–f31, fcsr on entry
/// @param tables    what the harness copies into the page tables, see [Layout]
/// @param body      what is executed once
/// @param functions what calls go to
record FuzzProgram(long seed, Setup setup, int padding, long[] registers, long[] tables, List<Item> body,
        List<List<Item>> functions) {

    /// CSRs on entry.
    ///
    /// @param status              mstatus, MPP being the mode it starts in
    /// @param delegated           medeleg
    /// @param vectored            mode of mtvec in bit 0, of stvec in bit 1
    /// @param interruptsDelegated mideleg
    /// @param interruptsEnabled   mie
    /// @param protection          pmpcfg0 and the addresses from [Layout#PROTECTION] on
    record Setup(long status, long satp, long delegated, int vectored, long interruptsDelegated, long interruptsEnabled,
            long[] protection) {
    }

    /// Part of a program.
    sealed interface Item {
    }

    /// Instructions that only make sense together.
    record Code(int... halves) implements Item {
    }

    /// Items skipped when a branch is taken.
    record Skip(BranchOp op, int rs1, int rs2, List<Item> body) implements Item {
    }

    /// Items executed a number of times; they do not write the counter.
    record Loop(int counter, int times, List<Item> body) implements Item {
    }

    /// A call of a function.
    record Call(int function, int scratch) implements Item {
    }

    /// An indirect jump over some items.
    record Hop(int scratch, int link, List<Item> body) implements Item {
    }

    /// Goes on in a lower mode: an epc set to what comes next, and the instructions that return there.
    record Return(int scratch, int csr, Code before, int instruction) implements Item {
    }

    FuzzProgram with(List<Item> newBody, List<List<Item>> newFunctions) {
        return new FuzzProgram(seed, setup, padding, registers, tables, newBody, newFunctions);
    }

    /// Writes the code; the last instruction is the `ecall` that the harness knows as the end.
    /// @return address of that `ecall`
    long emit(GeneratedCode a) {
        List<GeneratedCode.Label> labels = new ArrayList<>();
        functions.forEach(function -> labels.add(new GeneratedCode.Label()));
        var end = new GeneratedCode.Label();
        emit(a, body, labels);
        a.jump(0, end);
        for (int i = 0; i < functions.size(); i++) {
            a.place(labels.get(i));
            emit(a, functions.get(i), labels);
            a.jumpRegister(0, 1);
        }
        a.place(end);
        a.system(org.penumbra.isa.SystemOp.ECALL);
        return a.address() - 4;
    }

    private static void emit(GeneratedCode a, List<Item> items, List<GeneratedCode.Label> functions) {
        for (Item item : items) {
            switch (item) {
                case Code code -> halves(a, code);
                case Skip skip -> {
                    var over = new GeneratedCode.Label();
                    a.branch(skip.op, skip.rs1, skip.rs2, over);
                    emit(a, skip.body, functions);
                    a.place(over);
                }
                case Loop loop -> {
                    var again = new GeneratedCode.Label();
                    a.constant(loop.counter, loop.times);
                    a.place(again);
                    emit(a, loop.body, functions);
                    a.immediate(ImmediateOp.ADDI, loop.counter, loop.counter, -1);
                    a.branch(BranchOp.BNE, loop.counter, 0, again);
                }
                case Call call -> {
                    if (call.scratch == 0) {
                        a.jump(1, functions.get(call.function));
                    } else {
                        a.address(call.scratch, functions.get(call.function));
                        a.jumpRegister(1, call.scratch);
                    }
                }
                case Hop hop -> {
                    var over = new GeneratedCode.Label();
                    a.address(hop.scratch, over);
                    a.jumpRegister(hop.link, hop.scratch);
                    emit(a, hop.body, functions);
                    a.place(over);
                }
                case Return back -> {
                    var next = new GeneratedCode.Label();
                    halves(a, back.before);
                    a.address(back.scratch, next);
                    a.csr(org.penumbra.isa.CsrOp.CSRRW, 0, back.csr, back.scratch);
                    a.word(back.instruction);
                    a.place(next);
                }
            }
        }
    }

    private static void halves(GeneratedCode a, Code code) {
        for (int half : code.halves) {
            a.half(half);
        }
    }
}
