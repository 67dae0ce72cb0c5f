// SPDX-License-Identifier: Apache-2.0
package org.penumbra.benchmarks.micro;

import static org.penumbra.benchmarks.micro.GuestCode.A0;
import static org.penumbra.benchmarks.micro.GuestCode.A1;
import static org.penumbra.benchmarks.micro.GuestCode.A2;
import static org.penumbra.benchmarks.micro.GuestCode.A3;
import static org.penumbra.benchmarks.micro.GuestCode.A4;
import static org.penumbra.benchmarks.micro.GuestCode.S1;
import static org.penumbra.benchmarks.micro.GuestCode.T0;
import static org.penumbra.benchmarks.micro.GuestCode.T1;
import static org.penumbra.benchmarks.micro.GuestCode.T2;
import static org.penumbra.benchmarks.micro.GuestCode.ZERO;

import org.penumbra.isa.BranchOp;
import org.penumbra.isa.ImmediateOp;
import org.penumbra.isa.LoadOp;
import org.penumbra.isa.RegisterOp;
import org.penumbra.isa.StoreOp;
import org.penumbra.isa.SystemOp;

/// The guests of the micro-benchmarks: endless loops that count their rounds in s1.
///
/// @param image  the raw image
/// @param length instructions retired in a round; those that trap are not
record Loops(byte[] image, int length) {

    /// The most pages [#access] can walk over.
    static final int MOST_PAGES = 4096;

    private static final int PAGE = 4096;
    /// Offsets of code in the first page.
    private static final int HANDLER = 0x100, LOOP = 0x200;
    private static final int ROOT = PAGE, MIDDLE = 2 * PAGE, LEAVES = 3 * PAGE;
    private static final long RAM = 0x8000_0000L, FRAMES = RAM + (1 << 20);
    /// Where the pages of [#access] begin, by root entry 1.
    private static final int PAGES_AT = 0x4000_0000;
    private static final long TABLE = 0x01, READ_WRITE = 0xc7, ALL_RIGHTS = 0xcf;

    /// Machine mode: arithmetic, a multiplication, loads, stores, a branch that is taken every other time.
    static Loops mixed() {
        var code = new GuestCode(2 * PAGE).address(A0, PAGE).jump(LOOP).at(LOOP).add(S1, S1, 1);
        code.register(RegisterOp.ADD, A1, A1, S1).immediate(ImmediateOp.SLLI, A2, S1, 3)
                .immediate(ImmediateOp.ANDI, A2, A2, 0x3f8)
                .register(RegisterOp.ADD, A2, A2, A0).immediate(LoadOp.LD, A3, A2, 0)
                        .register(RegisterOp.XOR, A3, A3, A1)
                .store(StoreOp.SD, A3, A2, 0).register(RegisterOp.MUL, A4, A3, S1).immediate(LoadOp.LW, T0, A0, 4)
                .register(RegisterOp.SUB, T0, T0, A4).store(StoreOp.SB, T0, A2, 1)
                        .immediate(ImmediateOp.ANDI, T1, S1, 1);
        // Both ways take one instruction and a jump.
        int fork = code.here();
        code.branch(BranchOp.BEQ, T1, ZERO, fork + 12).add(T2, T2, 1).jump(LOOP).add(T2, T2, 3).jump(LOOP);
        return new Loops(code.image(), 16);
    }

    /// Supervisor mode under Sv39: touches one doubleword in a page, then one in the next page.
    ///
    /// @param pages  a power of two up to [#MOST_PAGES]
    static Loops access(TlbHitBenchmark.Access access, int pages) {
        if (Integer.bitCount(pages) != 1 || pages > MOST_PAGES) {
            throw new IllegalArgumentException("not a power of two up to " + MOST_PAGES + ": " + pages);
        }
        var code = new GuestCode(LEAVES + MOST_PAGES / 512 * PAGE);
        pageTables(code);
        code.li(T0, 8).immediate(ImmediateOp.SLLI, T0, T0, 60).liWide(T1, (int) ((RAM + ROOT) / PAGE))
                .register(RegisterOp.OR, T0, T0, T1).write(GuestCode.SATP, T0).system(SystemOp.SFENCE_VMA);
        code.liWide(A0, PAGES_AT).liWide(A1, pages * PAGE - 8).li(A2, 0).liWide(A3, pages == 1 ? 8 : PAGE + 8);
        code.leaveMachineMode(1, LOOP);
        code.at(LOOP).add(S1, S1, 1).register(RegisterOp.ADD, T1, A0, A2);
        switch (access) {
            case NONE -> code.add(T0, T1, 0);
            case LOAD -> code.immediate(LoadOp.LD, T0, T1, 0);
            case STORE -> code.store(StoreOp.SD, S1, T1, 0);
        }
        code.register(RegisterOp.ADD, A4, A4, T0).register(RegisterOp.ADD, A2, A2, A3)
                .register(RegisterOp.AND, A2, A2, A1).jump(LOOP);
        return new Loops(code.image(), 7);
    }

    /// RAM where it is, by one superpage; at [#PAGES_AT] pages of 4 KiB over frames of their own.
    private static void pageTables(GuestCode code) {
        code.data(ROOT + 2 * 8, entry(RAM, ALL_RIGHTS)).data(ROOT + (PAGES_AT >>> 30) * 8, entry(RAM + MIDDLE, TABLE));
        for (int i = 0; i < MOST_PAGES / 512; i++) {
            code.data(MIDDLE + i * 8, entry(RAM + LEAVES + (long) i * PAGE, TABLE));
        }
        for (int i = 0; i < MOST_PAGES; i++) {
            code.data(LEAVES + i * 8, entry(FRAMES + (long) i * PAGE, READ_WRITE));
        }
    }

    private static long entry(long gpa, long flags) {
        return gpa >>> 12 << 10 | flags;
    }

    /// Machine mode: five instructions in one region.
    static Loops inOneRegion() {
        return region(false);
    }

    /// The same with a read of a CSR, which regions leave to the interpreter.
    static Loops leavingRegion() {
        return region(true);
    }

    private static Loops region(boolean leaving) {
        var code = new GuestCode(PAGE).jump(LOOP).at(LOOP).add(S1, S1, 1);
        // No closed form, so that the compiler cannot do without the rounds.
        code.register(RegisterOp.ADD, A0, A1, S1).register(RegisterOp.XOR, A1, A1, A0);
        if (leaving) {
            code.read(A2, GuestCode.SSCRATCH);
        } else {
            code.add(A2, ZERO, 0);
        }
        return new Loops(code.jump(LOOP).image(), 5);
    }

    /// Machine mode: a ring of blocks of ten instructions, each with a jump to the next.
    static Loops ring(int blocks) {
        var code = new GuestCode(PAGE * (1 + blocks * 40 / PAGE) + LOOP).jump(LOOP).at(LOOP).add(S1, S1, 1);
        for (int block = 0; block < blocks; block++) {
            for (int i = block == 0 ? 1 : 0; i < 9; i++) {
                if (i % 2 == 0) {
                    code.register(RegisterOp.ADD, A0, A1, S1);
                } else {
                    code.register(RegisterOp.XOR, A1, A1, A0);
                }
            }
            code.jump(block + 1 < blocks ? code.here() + 4 : LOOP);
        }
        return new Loops(code.image(), 10 * blocks);
    }

    /// User mode, no translation: an environment call, which the supervisor returns from.
    static Loops environmentCall() {
        var code = new GuestCode(PAGE).address(T0, HANDLER).write(GuestCode.STVEC, T0).li(T0, 0x100)
                .write(GuestCode.MEDELEG, T0);
        code.leaveMachineMode(0, LOOP);
        code.at(HANDLER).read(T0, GuestCode.SEPC).add(T0, T0, 4).write(GuestCode.SEPC, T0).system(SystemOp.SRET);
        return new Loops(code.at(LOOP).add(S1, S1, 1).system(SystemOp.ECALL).jump(LOOP).image(), 6);
    }

    /// Supervisor mode, no translation: an illegal instruction, which machine mode skips.
    static Loops illegalInstruction() {
        var code = new GuestCode(PAGE).address(T0, HANDLER).write(GuestCode.MTVEC, T0);
        code.leaveMachineMode(1, LOOP);
        code.at(HANDLER).read(T0, GuestCode.MEPC).add(T0, T0, 4).write(GuestCode.MEPC, T0).system(SystemOp.MRET);
        return new Loops(code.at(LOOP).add(S1, S1, 1).word(0xffff_ffff).jump(LOOP).image(), 6);
    }
}
