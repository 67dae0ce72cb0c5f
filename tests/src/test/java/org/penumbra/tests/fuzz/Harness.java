// SPDX-License-Identifier: Apache-2.0
package org.penumbra.tests.fuzz;

import static org.penumbra.isa.BranchOp.BEQ;
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
import static org.penumbra.isa.RegisterOp.SUB;
import static org.penumbra.isa.RegisterOp.XOR;
import static org.penumbra.isa.StoreOp.FSD;
import static org.penumbra.isa.StoreOp.SB;
import static org.penumbra.isa.StoreOp.SD;
import static org.penumbra.isa.StoreOp.SW;

import org.penumbra.isa.AtomicOp;
import org.penumbra.isa.SystemOp;
import org.penumbra.tests.fuzz.Assembler.Label;

/// The guest code around fuzzed programs: sets the machine up for each, has its traps handled, and prints a hash of the
/// registers, memory, page tables and traps that it leaves, or all of them.
final class Harness {
    private static final int MSTATUS = 0x300, MEDELEG = 0x302, MIDELEG = 0x303, MIE = 0x304, MTVEC = 0x305, MSCRATCH = 0x340,
            MEPC = 0x341, MCAUSE = 0x342, MTVAL = 0x343, MIP = 0x344, SATP = 0x180, STVEC = 0x105, SSCRATCH = 0x140, SEPC = 0x141,
            SCAUSE = 0x142, STVAL = 0x143, FCSR = 3;
    private static final long FLOATS_ON = 3 << 13;
    private static final int UNROLLED = 8;
    private static final long MODIFY_PRIVILEGE = 1 << 17;
    private static final long UART = 0x1000_0000L;
    private static final long FINISHER = 0x10_0000L;
    /// Bits of menvcfg: ADUE, PBMTE, and cache-block operations for all.
    private static final long ENVIRONMENT = 3L << 61 | 0xf0;

    /// Page-table entries that programs own, in the order of [FuzzProgram#tables]: address and number.
    private static final long[][] OWNED = {
        {Layout.WINDOW_A + 8 * Layout.WINDOW_INDEX, Layout.SUPERPAGES}, {Layout.PAGES_A, Layout.PAGES},
        {Layout.ROOT_A + 8 * 4, 1}, {Layout.SV48_A + 8, 1}, {Layout.SV57_A + 8, 1},
        {Layout.WINDOW_B + 8 * Layout.WINDOW_INDEX, Layout.SUPERPAGES}, {Layout.PAGES_B, Layout.PAGES},
        {Layout.ROOT_B + 8 * 4, 1}, {Layout.SV48_B + 8, 1}, {Layout.SV57_B + 8, 1}};
    /// Bits of a pmpcfg.
    private static final int READ = 1, WRITE = 2, EXECUTE = 4, NATURAL = 3 << 3, LOCKED = 1 << 7;

    private final Assembler a = new Assembler(Layout.HARNESS);
    private final int programs;
    private final boolean dump;
    private final Label next = new Label();
    private final Label finish = new Label();
    private final Label hash = new Label();
    private final Label print = new Label();
    private final TrapHandlers handlers = new TrapHandlers(a, finish);

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
        a.constant(31, Layout.STATE);
        a.csr(CSRRW, 0, MSCRATCH, 31);
        protect();
        a.constant(5, ENVIRONMENT);
        a.csr(CSRRW, 0, 0x30a, 5);
        a.constant(5, 0xf0);
        a.csr(CSRRW, 0, 0x10a, 5);
        a.store(SD, 0, Layout.INDEX, 31);
        prepare();
        handlers.emit();
        finish();
        hashFunction();
        printFunction();
        byte[] code = a.finish();
        supervisorVector = a.address(handlers.supervisor);
        return code;
    }

    /// Sets the protection that stays: programs and this cannot be written, for one would change the next; and machine mode
    /// reaches nothing but RAM and nothing, for what else QEMU's board has is not all on ours.
    private void protect() {
        long[][] entries = {
            {0, LOCKED | READ | EXECUTE, Layout.CODE, Layout.CODE_END - Layout.CODE},
            {10, LOCKED | READ | EXECUTE, Layout.HARNESS, Layout.STATE - Layout.HARNESS},
            {11, LOCKED | READ | WRITE, FINISHER, 4096},
            {12, LOCKED | READ | WRITE, UART, 4096},
            {13, LOCKED | READ | WRITE, Layout.WINDOW, 64 << 20},
            {14, READ | WRITE | EXECUTE, Layout.HARNESS, Layout.RAM_SIZE},
            {15, LOCKED, 0, 1L << 57}};
        long[] configurations = new long[2];
        for (long[] entry : entries) {
            int index = (int) entry[0];
            a.constant(5, (entry[2] | (entry[3] >>> 1) - 1) >>> 2);
            a.csr(CSRRW, 0, 0x3b0 + index, 5);
            configurations[index / 8] |= (entry[1] | NATURAL) << 8 * (index % 8);
        }
        for (int i = 0; i < 2; i++) {
            a.constant(5, configurations[i]);
            a.csr(CSRRW, 0, 0x3a0 + 2 * i, 5);
        }
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
        for (long[] entries : OWNED) {
            copyTable(entries[0], (int) entries[1]);
        }
        copyTable(Layout.CODE_TABLE + 8, 1);
        fillData();
        a.csr(CSRRW, 0, MSTATUS, 0);
        a.csr(CSRRW, 0, MIP, 0);
        // No reservation is left to the next program.
        a.addi(10, 31, Layout.TRAPS);
        a.op(AtomicOp.SC_D, 5, 10, 0, 0);
        a.store(SD, 0, Layout.TRAPS, 31);
        for (int i = 0; i < Layout.PROTECTIONS; i++) {
            moveToCsr(Layout.PROTECTION_SETTINGS + 8 + 8 * i, 0x3b0 + Layout.PROTECTION + i);
        }
        moveToCsr(Layout.PROTECTION_SETTINGS, 0x3a0);
        moveToCsr(Layout.SATP, SATP);
        moveToCsr(Layout.DELEGATED, MEDELEG);
        moveToCsr(Layout.INTERRUPTS_DELEGATED, MIDELEG);
        moveToCsr(Layout.INTERRUPTS_ENABLED, MIE);
        a.load(LD, 5, Layout.MACHINE_VECTORED, 8);
        a.address(6, handlers.machine);
        a.register(ADD, 5, 5, 6);
        a.csr(CSRRW, 0, MTVEC, 5);
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

    /// Fills the data with what follows from the seed; most of what is executed is this and the hash, hence unrolled.
    private void fillData() {
        var again = new Label();
        a.load(LD, 5, Layout.SEED, 8);
        a.constant(10, Layout.DATA);
        a.constant(11, Layout.DATA + 4096L * Layout.FRAMES);
        a.constant(12, TrapHandlers.MULTIPLIER);
        a.addi(6, 5, 0);
        a.place(again);
        for (int i = 0; i < UNROLLED; i++) {
            a.register(MUL, 5, 5, 12);
            a.register(ADD, 5, 5, 6);
            a.store(SD, 5, 8 * i, 10);
        }
        a.immediate(SRLI, 7, 5, 31);
        a.register(XOR, 5, 5, 7);
        a.addi(10, 10, 8 * UNROLLED);
        a.branch(BNE, 10, 11, again);
    }

    private void finish() {
        a.place(finish);
        a.csr(CSRRS, 5, MSTATUS, 0);
        a.constant(10, TrapHandlers.STATUS_COMPARED);
        a.register(AND, 5, 5, 10);
        a.csr(CSRRS, 6, MIE, 0);
        a.immediate(SLLI, 6, 6, 32);
        a.register(XOR, 5, 5, 6);
        a.csr(CSRRS, 6, MIP, 0);
        // Not the lines of the timer, for clocks differ.
        a.immediate(ANDI, 6, 6, 0x222);
        a.immediate(SLLI, 6, 6, 48);
        a.register(XOR, 5, 5, 6);
        a.store(SD, 5, Layout.SAVED_STATUS, 31);
        a.constant(5, MODIFY_PRIVILEGE);
        a.csr(CSRRC, 0, MSTATUS, 5);
        // Not even machine mode may access what an entry covers in part.
        a.csr(CSRRW, 0, 0x3a0, 0);
        a.constant(5, FLOATS_ON);
        a.csr(CSRRS, 0, MSTATUS, 5);
        for (int i = 0; i < 32; i++) {
            a.store(FSD, i, Layout.SAVED_FLOATS + 8 * i, 31);
        }
        a.csr(CSRRS, 5, FCSR, 0);
        a.store(SD, 5, Layout.SAVED_FCSR, 31);
        a.constant(12, TrapHandlers.MULTIPLIER);
        a.addi(13, 0, 0);
        show(Layout.STATE, Layout.STATE_HASHED / 8);
        for (long[] entries : OWNED) {
            show(entries[0], entries[1]);
        }
        show(Layout.STATE + Layout.LOG, 4 * Layout.LOG_ENTRIES);
        show(Layout.DATA, 512 * Layout.FRAMES);
        a.load(LD, 6, Layout.INDEX, 31);
        a.immediate(SLLI, 7, 6, 3);
        a.constant(8, Layout.RESULTS);
        a.register(ADD, 7, 7, 8);
        a.store(SD, 13, 0, 7);
        a.addi(6, 6, 1);
        a.store(SD, 6, Layout.INDEX, 31);
        a.jump(0, next);
    }

    /// Prints double words or adds them to the hash.
    private void show(long address, long count) {
        a.constant(10, address);
        a.constant(11, address + 8 * count);
        a.jump(1, dump ? print : hash);
    }

    /// Hashes the double words from x10 to x11 into x13, with the multiplier in x12; several at a time where it is a multiple.
    private void hashFunction() {
        var four = new Label();
        var one = new Label();
        a.place(hash);
        a.register(SUB, 5, 11, 10);
        a.immediate(ANDI, 5, 5, 8 * UNROLLED - 1);
        a.branch(BNE, 5, 0, one);
        hashLoop(four, UNROLLED);
        hashLoop(one, 1);
    }

    private void hashLoop(Label again, int words) {
        a.place(again);
        for (int i = 0; i < words; i++) {
            a.load(LD, 5, 8 * i, 10);
            a.register(XOR, 13, 13, 5);
            a.register(MUL, 13, 13, 12);
        }
        a.immediate(SRLI, 5, 13, 29);
        a.register(XOR, 13, 13, 5);
        a.addi(10, 10, 8 * words);
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
