// SPDX-License-Identifier: Apache-2.0
package org.penumbra.tests.fuzz;

import static org.penumbra.isa.BranchOp.BEQ;
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
import static org.penumbra.isa.LoadOp.FLD;
import static org.penumbra.isa.LoadOp.LBU;
import static org.penumbra.isa.LoadOp.LD;
import static org.penumbra.isa.LoadOp.LHU;
import static org.penumbra.isa.RegisterOp.ADD;
import static org.penumbra.isa.RegisterOp.AND;
import static org.penumbra.isa.RegisterOp.MUL;
import static org.penumbra.isa.RegisterOp.SRL;
import static org.penumbra.isa.RegisterOp.XOR;
import static org.penumbra.isa.StoreOp.FSD;
import static org.penumbra.isa.StoreOp.SB;
import static org.penumbra.isa.StoreOp.SD;
import static org.penumbra.isa.StoreOp.SW;

import org.penumbra.isa.SystemOp;
import org.penumbra.tests.fuzz.Assembler.Label;

/// The guest code around fuzzed programs: sets the machine up for each, handles its traps, and prints a hash of the
/// registers, memory, page tables and traps that it leaves, or all of them.
final class Harness {
    private static final int MSTATUS = 0x300, MEDELEG = 0x302, MTVEC = 0x305, MSCRATCH = 0x340, MEPC = 0x341, MCAUSE = 0x342,
            MTVAL = 0x343, SATP = 0x180, SSTATUS = 0x100, STVEC = 0x105, SSCRATCH = 0x140, SEPC = 0x141, SCAUSE = 0x142,
            STVAL = 0x143, FCSR = 3;
    private static final long FLOATS_ON = 3 << 13;
    private static final long PREVIOUS_MACHINE = 3 << 11;
    private static final long MODIFY_PRIVILEGE = 1 << 17;
    /// What of mstatus and sstatus is compared: not FS, which may be dirty without need.
    private static final long STATUS_COMPARED = 0x7e19aa;
    private static final long SUPERVISOR_STATUS_COMPARED = 0xc0122;
    private static final long MULTIPLIER = 0x9e37_79b9_7f4a_7c15L;
    private static final long UART = 0x1000_0000L;
    private static final long FINISHER = 0x10_0000L;
    /// Bits of menvcfg: ADUE, PBMTE, and cache-block operations for all.
    private static final long ENVIRONMENT = 3L << 61 | 0xf0;

    private final Assembler a = new Assembler(Layout.HARNESS);
    private final int programs;
    private final boolean dump;
    private final Label supervisorHandler = new Label();
    private final Label next = new Label();
    private final Label finish = new Label();
    private final Label hash = new Label();
    private final Label print = new Label();

    /// @param dump whether to print everything compared after each program instead of hashes at the end
    Harness(int programs, boolean dump) {
        this.programs = programs;
        this.dump = dump;
    }

    private long supervisorVector;

    byte[] code() {
        var first = new Label();
        a.csr(CSRRS, 5, 0xf14, 0);
        a.branch(BEQ, 5, 0, first);
        var park = new Label();
        a.place(park);
        a.system(SystemOp.WFI);
        a.jump(0, park);
        a.place(first);
        var handler = new Label();
        a.address(5, handler);
        a.csr(CSRRW, 0, MTVEC, 5);
        a.constant(31, Layout.STATE);
        a.csr(CSRRW, 0, MSCRATCH, 31);
        a.constant(5, -1);
        a.csr(CSRRW, 0, 0x3b0, 5);
        a.constant(5, 0x1f);
        a.csr(CSRRW, 0, 0x3a0, 5);
        a.constant(5, ENVIRONMENT);
        a.csr(CSRRW, 0, 0x30a, 5);
        a.constant(5, 0xf0);
        a.csr(CSRRW, 0, 0x10a, 5);
        a.store(SD, 0, Layout.INDEX, 31);
        prepare();
        a.align(4);
        a.place(handler);
        machineHandler();
        finish();
        a.align(4);
        a.place(supervisorHandler);
        supervisorHandler();
        hashFunction();
        printFunction();
        byte[] code = a.finish();
        supervisorVector = a.address(supervisorHandler);
        return code;
    }

    /// Physical address of the supervisor's handler, once [#code] is made.
    long supervisorVector() {
        return supervisorVector;
    }

    /// Sets up the next program and enters it, or prints the results and switches off.
    private void prepare() {
        var more = new Label();
        a.place(next);
        a.constant(31, Layout.STATE);
        a.load(LD, 6, Layout.INDEX, 31);
        a.constant(7, programs);
        a.branch(BLTU, 6, 7, more);
        if (!dump) {
            a.constant(10, Layout.RESULTS);
            a.constant(11, Layout.RESULTS + 8L * programs);
            a.jump(1, print);
        }
        a.constant(5, FINISHER);
        a.constant(6, 0x5555);
        a.store(SW, 6, 0, 5);
        var stop = new Label();
        a.place(stop);
        a.jump(0, stop);

        a.place(more);
        a.constant(8, Layout.DESCRIPTOR_SIZE);
        a.register(MUL, 8, 8, 6);
        a.constant(7, Layout.DESCRIPTORS);
        a.register(ADD, 8, 8, 7);
        a.store(SD, 8, Layout.CURRENT, 31);
        a.load(LD, 5, Layout.END, 8);
        a.store(SD, 5, Layout.CURRENT_END, 31);
        a.load(LD, 5, Layout.SUPERVISOR_OFFSET, 8);
        a.store(SD, 5, Layout.CURRENT_OFFSET, 31);
        a.store(SD, 0, Layout.TRAPS, 31);
        a.store(SD, 0, Layout.TRAP_HASH, 31);
        a.constant(10, Layout.STATE + Layout.LOG);
        a.constant(11, Layout.STATE + Layout.LOG + 32 * Layout.LOG_ENTRIES);
        var clear = new Label();
        a.place(clear);
        a.store(SD, 0, 0, 10);
        a.addi(10, 10, 8);
        a.branch(BNE, 10, 11, clear);
        a.addi(12, 8, Layout.TABLES);
        copyTable(Layout.WINDOW_A + 8 * Layout.WINDOW_INDEX, Layout.SUPERPAGES);
        copyTable(Layout.PAGES_A, Layout.PAGES);
        copyTable(Layout.WINDOW_B + 8 * Layout.WINDOW_INDEX, Layout.SUPERPAGES);
        copyTable(Layout.PAGES_B, Layout.PAGES);
        copyTable(Layout.CODE_TABLE + 8, 1);
        fillData();
        a.csr(CSRRW, 0, MSTATUS, 0);
        moveToCsr(Layout.SATP, SATP);
        moveToCsr(Layout.DELEGATED, MEDELEG);
        moveToCsr(Layout.SUPERVISOR_VECTOR, STVEC);
        moveToCsr(Layout.SUPERVISOR_SCRATCH, SSCRATCH);
        moveToCsr(Layout.ENTRY, MEPC);
        for (int csr : new int[] {SEPC, SCAUSE, STVAL, MTVAL, MCAUSE}) {
            a.csr(CSRRW, 0, csr, 0);
        }
        a.system(SystemOp.SFENCE_VMA);
        a.system(SystemOp.FENCE_I);
        a.constant(5, FLOATS_ON);
        a.csr(CSRRW, 0, MSTATUS, 5);
        for (int i = 0; i < 32; i++) {
            a.load(FLD, i, Layout.REGISTERS + 256 + 8 * i, 8);
        }
        moveToCsr(Layout.FCSR, FCSR);
        moveToCsr(Layout.STATUS, MSTATUS);
        a.addi(31, 8, 0);
        for (int i = 1; i < 32; i++) {
            a.load(LD, i, Layout.REGISTERS + 8 * i, 31);
        }
        a.system(SystemOp.MRET);
    }

    private void moveToCsr(int field, int csr) {
        a.load(LD, 5, field, 8);
        a.csr(CSRRW, 0, csr, 5);
    }

    /// Copies entries from x12 on, which moves.
    private void copyTable(long table, int entries) {
        var again = new Label();
        a.constant(10, table);
        a.constant(11, table + 8L * entries);
        a.place(again);
        a.load(LD, 5, 0, 12);
        a.store(SD, 5, 0, 10);
        a.addi(12, 12, 8);
        a.addi(10, 10, 8);
        a.branch(BNE, 10, 11, again);
    }

    private void fillData() {
        var again = new Label();
        a.load(LD, 5, Layout.SEED, 8);
        a.constant(10, Layout.DATA);
        a.constant(11, Layout.DATA + 4096L * Layout.FRAMES);
        a.place(again);
        a.immediate(SLLI, 6, 5, 13);
        a.register(XOR, 5, 5, 6);
        a.immediate(SRLI, 6, 5, 7);
        a.register(XOR, 5, 5, 6);
        a.immediate(SLLI, 6, 5, 17);
        a.register(XOR, 5, 5, 6);
        a.store(SD, 5, 0, 10);
        a.addi(10, 10, 8);
        a.branch(BNE, 10, 11, again);
    }

    private void machineHandler() {
        a.csr(CSRRW, 31, MSCRATCH, 31);
        for (int i = 1; i < 31; i++) {
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
        a.constant(13, Layout.MAXIMUM_TRAPS);
        a.branch(BGEU, 12, 13, finish);
        a.load(LD, 9, 8, 31);
        a.addi(16, 0, 0);
        resume();
        a.csr(CSRRW, 0, MEPC, 6);
        var restore = new Label();
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

    /// Notes cause x5, epc x6, tval x7 and status x8 in the state at x31; leaves the number of traps in x12.
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
    /// be fetched or is not in the program, at the return address x9; or, when that is not in the program, at its end x11.
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
        a.addi(6, 9, 0);
        a.branch(BGEU, 11, 9, done);
        a.place(toEnd);
        a.addi(6, 11, 0);
        a.place(done);
    }

    private void supervisorHandler() {
        a.csr(CSRRW, 31, SSCRATCH, 31);
        for (int i = 5; i <= 16; i++) {
            a.store(SD, i, Layout.SUPERVISOR_STATE + 8 * (i - 5), 31);
        }
        a.csr(CSRRS, 5, SSCRATCH, 0);
        a.store(SD, 5, Layout.SUPERVISOR_STATE + 8 * 12, 31);
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
        a.addi(9, 1, 0);
        resume();
        var goOn = new Label();
        a.constant(13, Layout.MAXIMUM_TRAPS);
        a.branch(BLTU, 12, 13, goOn);
        // The machine's handler sees the count as well.
        a.system(SystemOp.ECALL);
        a.place(goOn);
        a.csr(CSRRW, 0, SEPC, 6);
        for (int i = 5; i <= 16; i++) {
            a.load(LD, i, Layout.SUPERVISOR_STATE + 8 * (i - 5), 31);
        }
        a.load(LD, 31, Layout.SUPERVISOR_STATE + 8 * 12, 31);
        a.system(SystemOp.SRET);
    }

    private void finish() {
        a.place(finish);
        a.csr(CSRRS, 5, MSTATUS, 0);
        a.constant(10, STATUS_COMPARED);
        a.register(AND, 5, 5, 10);
        a.store(SD, 5, Layout.SAVED_STATUS, 31);
        a.constant(5, MODIFY_PRIVILEGE);
        a.csr(CSRRC, 0, MSTATUS, 5);
        a.constant(5, FLOATS_ON);
        a.csr(CSRRS, 0, MSTATUS, 5);
        for (int i = 0; i < 32; i++) {
            a.store(FSD, i, Layout.SAVED_FLOATS + 8 * i, 31);
        }
        a.csr(CSRRS, 5, FCSR, 0);
        a.store(SD, 5, Layout.SAVED_FCSR, 31);
        a.constant(12, MULTIPLIER);
        a.addi(13, 0, 0);
        long[][] ranges = {
            {Layout.STATE, Layout.STATE + Layout.STATE_HASHED},
            window(Layout.WINDOW_A), {Layout.PAGES_A, Layout.PAGES_A + 8 * Layout.PAGES},
            window(Layout.WINDOW_B), {Layout.PAGES_B, Layout.PAGES_B + 8 * Layout.PAGES},
            {Layout.STATE + Layout.LOG, Layout.STATE + Layout.LOG + 32 * Layout.LOG_ENTRIES},
            {Layout.DATA, Layout.DATA + 4096 * Layout.FRAMES}};
        for (long[] range : ranges) {
            a.constant(10, range[0]);
            a.constant(11, range[1]);
            a.jump(1, dump ? print : hash);
        }
        a.load(LD, 6, Layout.INDEX, 31);
        a.immediate(SLLI, 7, 6, 3);
        a.constant(8, Layout.RESULTS);
        a.register(ADD, 7, 7, 8);
        a.store(SD, 13, 0, 7);
        a.addi(6, 6, 1);
        a.store(SD, 6, Layout.INDEX, 31);
        a.jump(0, next);
    }

    private static long[] window(long table) {
        long first = table + 8 * Layout.WINDOW_INDEX;
        return new long[] {first, first + 8 * Layout.SUPERPAGES};
    }

    /// Hashes the double words from x10 to x11 into x13, with the multiplier in x12.
    private void hashFunction() {
        a.place(hash);
        var again = new Label();
        a.place(again);
        a.load(LD, 5, 0, 10);
        a.register(XOR, 13, 13, 5);
        a.register(MUL, 13, 13, 12);
        a.immediate(SRLI, 5, 13, 29);
        a.register(XOR, 13, 13, 5);
        a.addi(10, 10, 8);
        a.branch(BNE, 10, 11, again);
        a.jumpRegister(0, 1);
    }

    /// Prints the double words from x10 to x11 as hexadecimal lines.
    private void printFunction() {
        a.place(print);
        var again = new Label();
        var digit = new Label();
        var decimal = new Label();
        var wait = new Label();
        var send = new Label();
        a.constant(14, UART);
        a.place(again);
        a.load(LD, 5, 0, 10);
        a.addi(6, 0, 60);
        a.place(digit);
        a.register(SRL, 7, 5, 6);
        a.immediate(ANDI, 7, 7, 15);
        a.immediate(SLTIU, 8, 7, 10);
        a.branch(BNE, 8, 0, decimal);
        a.addi(7, 7, 'a' - '0' - 10);
        a.place(decimal);
        a.addi(7, 7, '0');
        a.place(send);
        a.place(wait);
        a.load(LBU, 8, 5, 14);
        a.immediate(ANDI, 8, 8, 0x20);
        a.branch(BEQ, 8, 0, wait);
        a.store(SB, 7, 0, 14);
        a.addi(6, 6, -4);
        a.branch(org.penumbra.isa.BranchOp.BGE, 6, 0, digit);
        a.addi(7, 0, '\n');
        var newLine = new Label();
        a.addi(8, 0, -4);
        a.branch(BNE, 6, 8, newLine);
        a.jump(0, send);
        a.place(newLine);
        a.addi(10, 10, 8);
        a.branch(BNE, 10, 11, again);
        a.jumpRegister(0, 1);
    }
}
