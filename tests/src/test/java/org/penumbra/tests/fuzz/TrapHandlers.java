// SPDX-License-Identifier: Apache-2.0
package org.penumbra.tests.fuzz;

import static org.penumbra.isa.BranchOp.BEQ;
import static org.penumbra.isa.BranchOp.BGE;
import static org.penumbra.isa.BranchOp.BGEU;
import static org.penumbra.isa.BranchOp.BLTU;
import static org.penumbra.isa.BranchOp.BNE;
import static org.penumbra.isa.CsrOp.CSRRC;
import static org.penumbra.isa.CsrOp.CSRRS;
import static org.penumbra.isa.CsrOp.CSRRW;
import static org.penumbra.isa.ImmediateOp.ANDI;
import static org.penumbra.isa.ImmediateOp.SLLI;
import static org.penumbra.isa.ImmediateOp.SLTIU;
import static org.penumbra.isa.ImmediateOp.SRLI;
import static org.penumbra.isa.LoadOp.LD;
import static org.penumbra.isa.LoadOp.LHU;
import static org.penumbra.isa.RegisterOp.ADD;
import static org.penumbra.isa.RegisterOp.AND;
import static org.penumbra.isa.RegisterOp.MUL;
import static org.penumbra.isa.RegisterOp.SLL;
import static org.penumbra.isa.RegisterOp.SRL;
import static org.penumbra.isa.RegisterOp.XOR;
import static org.penumbra.isa.StoreOp.SD;

import org.penumbra.isa.SystemOp;
import org.penumbra.tests.fuzz.Assembler.Label;

/// The handlers of the machine and the supervisor for traps of fuzzed programs: they note each and go on behind it.
///
/// Every fourth trap of the supervisor's handler makes a call to the machine while it is being handled.
final class TrapHandlers {
    /// What of mstatus and sstatus is compared: not FS, which may be dirty without need.
    static final long STATUS_COMPARED = 0x7e19aa;
    static final long MULTIPLIER = 0x9e37_79b9_7f4a_7c15L;

    private static final int MSTATUS = 0x300, MSCRATCH = 0x340, MEPC = 0x341, MCAUSE = 0x342, MTVAL = 0x343, MIP = 0x344,
            SSTATUS = 0x100, SIE = 0x104, SSCRATCH = 0x140, SEPC = 0x141, SCAUSE = 0x142, STVAL = 0x143, SIP = 0x144;
    private static final long PREVIOUS_MACHINE = 3 << 11;
    private static final long SUPERVISOR_STATUS_COMPARED = 0xc0122;
    /// Slots of a table of vectors, and what handlers of the supervisor add to the number of theirs.
    private static final int VECTORS = 16;
    private static final int SUPERVISOR_SLOT = 32;
    /// Where the supervisor's handler saves x30 and x31.
    private static final int SAVED_X30 = Layout.SUPERVISOR_STATE + 8 * 13, SAVED_X31 = Layout.SUPERVISOR_STATE + 8 * 12;

    /// Where mtvec and stvec point, up to their modes.
    final Label machine = new Label();
    final Label supervisor = new Label();

    private final Assembler a;
    private final Label finish;
    private final Label nestedCall = new Label();

    /// @param finish where to go when a program has ended; x31 is then the address of the state
    TrapHandlers(Assembler a, Label finish) {
        this.a = a;
        this.finish = finish;
    }

    void emit() {
        machineHandler();
        supervisorHandler();
    }

    /// A table of jumps, each to code that leaves the state's address in x31 and the slot in x30.
    private void vectors(Label table, int scratchCsr, int savedX30, int firstSlot) {
        var common = new Label();
        var entries = new Label[VECTORS];
        a.align(256);
        a.place(table);
        for (int i = 0; i < VECTORS; i++) {
            entries[i] = new Label();
            a.jump(0, entries[i]);
        }
        for (int i = 0; i < VECTORS; i++) {
            a.place(entries[i]);
            a.csr(CSRRW, 31, scratchCsr, 31);
            a.store(SD, 30, savedX30, 31);
            a.addi(30, 0, firstSlot + i);
            a.jump(0, common);
        }
        a.place(common);
    }

    private void machineHandler() {
        vectors(machine, MSCRATCH, 8 * 30, 0);
        for (int i = 1; i < 30; i++) {
            a.store(SD, i, 8 * i, 31);
        }
        a.csr(CSRRS, 1, MSCRATCH, 0);
        a.store(SD, 1, 8 * 31, 31);
        a.csr(CSRRW, 0, MSCRATCH, 31);
        a.csr(CSRRS, 5, MCAUSE, 0);
        a.csr(CSRRS, 6, MEPC, 0);
        a.csr(CSRRS, 7, MTVAL, 0);
        a.csr(CSRRS, 8, MSTATUS, 0);
        a.constant(10, STATUS_COMPARED);
        a.register(AND, 8, 8, 10);
        a.load(LD, 11, Layout.CURRENT_END, 31);
        // mtval of ebreak: pc here, 0 in QEMU.
        var noBreakpoint = new Label();
        a.addi(10, 0, 3);
        a.branch(BNE, 5, 10, noBreakpoint);
        a.addi(7, 0, 0);
        a.place(noBreakpoint);
        var notEnd = new Label();
        a.branch(BNE, 6, 11, notEnd);
        for (int call : new int[] {8, 9, 11}) {
            a.addi(10, 0, call);
            a.branch(BEQ, 5, 10, finish);
        }
        a.place(notEnd);
        log();
        // What was made the same is what the program finds.
        a.csr(CSRRW, 0, MCAUSE, 5);
        a.csr(CSRRW, 0, MTVAL, 7);
        a.constant(13, Layout.MAXIMUM_TRAPS);
        a.branch(BGEU, 12, 13, finish);
        var restore = new Label();
        var exception = new Label();
        a.branch(BGE, 5, 0, exception);
        a.addi(13, 0, 1);
        a.register(SLL, 13, 13, 5);
        a.csr(CSRRC, 0, MIP, 13);
        a.jump(0, restore);
        a.place(exception);
        a.load(LD, 9, 8, 31);
        a.addi(16, 0, 0);
        var notNested = new Label();
        var resumed = new Label();
        a.address(13, nestedCall);
        a.load(LD, 14, Layout.CURRENT_OFFSET, 31);
        a.register(ADD, 13, 13, 14);
        a.branch(BNE, 6, 13, notNested);
        a.addi(6, 6, 4);
        a.jump(0, resumed);
        a.place(notNested);
        resume();
        a.place(resumed);
        a.csr(CSRRW, 0, MEPC, 6);
        a.addi(10, 0, 3);
        a.branch(BNE, 5, 10, restore);
        a.constant(10, PREVIOUS_MACHINE);
        a.csr(CSRRS, 0, MSTATUS, 10);
        a.place(restore);
        for (int i = 1; i < 32; i++) {
            a.load(LD, i, 8 * i, 31);
        }
        a.system(SystemOp.MRET);
    }

    /// Notes cause x5, epc x6, tval x7, status x8 and the slot x30 in the state at x31; leaves the number of traps in x12.
    private void log() {
        // Of a misaligned access to nothing QEMU names the aligned address.
        var access = new Label();
        var notAccess = new Label();
        a.addi(12, 5, -5);
        a.branch(BEQ, 12, 0, access);
        a.addi(12, 5, -7);
        a.branch(BNE, 12, 0, notAccess);
        a.place(access);
        // And an atomic operation on nothing is a load first.
        a.addi(5, 0, 5);
        a.immediate(ANDI, 7, 7, -8);
        a.place(notAccess);
        a.immediate(SLLI, 30, 30, 48);
        a.register(XOR, 8, 8, 30);
        var full = new Label();
        a.load(LD, 12, Layout.TRAPS, 31);
        a.immediate(SLTIU, 13, 12, Layout.LOG_ENTRIES);
        a.branch(BEQ, 13, 0, full);
        a.immediate(SLLI, 13, 12, 5);
        a.register(ADD, 13, 13, 31);
        for (int i = 0; i < 4; i++) {
            a.store(SD, 5 + i, Layout.LOG + 8 * i, 13);
        }
        a.place(full);
        a.addi(12, 12, 1);
        a.store(SD, 12, Layout.TRAPS, 31);
        a.load(LD, 13, Layout.TRAP_HASH, 31);
        a.constant(14, MULTIPLIER);
        for (int i = 0; i < 4; i++) {
            a.register(XOR, 13, 13, 5 + i);
            a.register(MUL, 13, 13, 14);
            a.immediate(SRLI, 15, 13, 32);
            a.register(XOR, 13, 13, 15);
        }
        a.store(SD, 13, Layout.TRAP_HASH, 31);
    }

    /// Turns the epc in x6 into where to go on: behind the instruction, which is read at an offset x16; or, when it cannot
    /// be fetched or is not in the program, at the return address x9; or, when that is not behind a call in the program, at
    /// its end x11.
    private void resume() {
        var toReturnAddress = new Label();
        var toEnd = new Label();
        var done = new Label();
        a.constant(13, 1 | 1 << 1 | 1 << 12);
        a.register(SRL, 13, 13, 5);
        a.immediate(ANDI, 13, 13, 1);
        a.branch(BNE, 13, 0, toReturnAddress);
        a.constant(13, Layout.CODE);
        a.branch(BLTU, 6, 13, toReturnAddress);
        a.branch(BLTU, 11, 6, toReturnAddress);
        a.register(ADD, 13, 6, 16);
        a.load(LHU, 13, 0, 13);
        a.immediate(ANDI, 13, 13, 3);
        a.addi(13, 13, -3);
        a.addi(6, 6, 2);
        a.branch(BNE, 13, 0, done);
        a.addi(6, 6, 2);
        a.jump(0, done);
        a.place(toReturnAddress);
        a.constant(13, Layout.CODE);
        a.branch(BLTU, 9, 13, toEnd);
        a.branch(BLTU, 11, 9, toEnd);
        a.immediate(ANDI, 13, 9, 1);
        a.branch(BNE, 13, 0, toEnd);
        // Only behind a `jal` or `jalr` with it: elsewhere would be anywhere, such as within a loop without its count.
        a.register(ADD, 13, 9, 16);
        a.load(LHU, 13, -4, 13);
        a.immediate(ANDI, 13, 13, 0x7ff);
        a.addi(6, 9, 0);
        for (int link : new int[] {0x0ef, 0x0e7}) {
            a.addi(14, 0, link);
            a.branch(BEQ, 13, 14, done);
        }
        a.place(toEnd);
        a.addi(6, 11, 0);
        a.place(done);
    }

    private void supervisorHandler() {
        vectors(supervisor, SSCRATCH, SAVED_X30, SUPERVISOR_SLOT);
        for (int i = 5; i <= 16; i++) {
            a.store(SD, i, Layout.SUPERVISOR_STATE + 8 * (i - 5), 31);
        }
        a.csr(CSRRS, 5, SSCRATCH, 0);
        a.store(SD, 5, SAVED_X31, 31);
        a.csr(CSRRW, 0, SSCRATCH, 31);
        a.csr(CSRRS, 5, SCAUSE, 0);
        a.csr(CSRRS, 6, SEPC, 0);
        a.csr(CSRRS, 7, STVAL, 0);
        a.csr(CSRRS, 8, SSTATUS, 0);
        a.constant(10, SUPERVISOR_STATUS_COMPARED);
        a.register(AND, 8, 8, 10);
        a.load(LD, 11, Layout.CURRENT_END, 31);
        a.load(LD, 16, Layout.CURRENT_OFFSET, 31);
        log();
        a.csr(CSRRW, 0, SCAUSE, 5);
        a.csr(CSRRW, 0, STVAL, 7);
        var goOn = new Label();
        a.constant(13, Layout.MAXIMUM_TRAPS);
        a.branch(BLTU, 12, 13, goOn);
        // The machine's handler sees the count as well.
        a.system(SystemOp.ECALL);
        a.place(goOn);
        var noCall = new Label();
        a.immediate(ANDI, 13, 12, 3);
        a.branch(BNE, 13, 0, noCall);
        a.place(nestedCall);
        a.system(SystemOp.ECALL);
        a.place(noCall);
        var exception = new Label();
        var restore = new Label();
        a.branch(BGE, 5, 0, exception);
        // The supervisor can take back software interrupts only; others it can but disable.
        a.addi(13, 0, 1);
        a.register(SLL, 13, 13, 5);
        a.csr(CSRRC, 0, SIP, 13);
        a.immediate(ANDI, 14, 13, -3);
        a.csr(CSRRC, 0, SIE, 14);
        a.jump(0, restore);
        a.place(exception);
        a.addi(9, 1, 0);
        resume();
        a.csr(CSRRW, 0, SEPC, 6);
        a.place(restore);
        for (int i = 5; i <= 16; i++) {
            a.load(LD, i, Layout.SUPERVISOR_STATE + 8 * (i - 5), 31);
        }
        a.load(LD, 30, SAVED_X30, 31);
        a.load(LD, 31, SAVED_X31, 31);
        a.system(SystemOp.SRET);
    }
}
