// SPDX-License-Identifier: Apache-2.0
package org.penumbra.interpreter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.penumbra.code.CodePage;
import org.penumbra.hart.Hart;
import org.penumbra.hart.TrapCause;

/// The loop and the generic path: when they leave, what they count, and that both do the same.
final class InterpreterTest {
    private static final int A0 = 10;
    private static final int A1 = 11;
    private static final int A2 = 12;

    private final TestGuest guest = new TestGuest(256);
    private final Hart hart = guest.hart;

    @Test
    void runEndsWhereTheBudgetDoes() {
        guest.load("""
                li a0, 0
                loop: addi a0, a0, 1
                j loop
                """);
        guest.run(1001);
        assertEquals(500, hart.registers[A0]);
        assertEquals(0, hart.remaining);
        assertEquals(guest.address("loop"), hart.pc);
        guest.run(1);
        assertEquals(501, hart.registers[A0]);
    }

    @Test
    void faultIsLeftPendingAtItsInstruction() {
        guest.load("""
                li a0, 7
                bad: ld a1, 0(a0)
                li a0, 8
                """);
        guest.run(100);
        assertTrue(hart.trapPending());
        assertEquals(guest.address("bad"), hart.pc);
        assertEquals(99, hart.remaining);
        hart.takePendingTrap();
        assertEquals(TrapCause.LOAD_ACCESS_FAULT, (int) hart.csrs.read(0x342));
        assertEquals(7, hart.registers[A0]);
    }

    @Test
    void hotTargetIsLeftToTheEngine() {
        guest.load("""
                loop: addi a0, a0, 1
                j loop
                """);
        guest.run(10_000, new Interpreter(hart, guest.monitor, 50));
        assertEquals(50, hart.registers[A0]);
        assertEquals(guest.address("loop"), hart.pc);
        assertEquals(10_000 - 100, hart.remaining);
    }

    @Test
    void interpreterThatCountsNothingNeverLeavesThePagesHeatBehind() {
        guest.load("""
                loop: addi a0, a0, 1
                j loop
                """);
        guest.run(10_000);
        assertEquals(0, hart.fetchTlb.lookup(guest.address("loop")).heat[0]);
    }

    @Test
    void yieldRequestEndsTheRunBehindItsInstruction() {
        guest.load("""
                wfi
                li a0, 1
                """);
        guest.run(10);
        assertTrue(hart.waiting);
        assertEquals(0, hart.registers[A0]);
        assertEquals(9, hart.remaining);
    }

    @Test
    void instructionThatCrossesPagesIsExecutedEachTimeAnew() {
        guest.load("""
                li a0, 0
                li a2, 2
                loop: j last
                .org 4092
                last: .half 1            # c.nop
                .word 0x00150513         # addi a0, a0, 1, over the end of the page
                addi a2, a2, -1
                bnez a2, loop
                """);
        guest.run(2 + 2 * 5);
        assertEquals(2, hart.registers[A0]);
        assertEquals(guest.address("last") + 14, hart.pc);
    }

    @Test
    void storeIntoCodeIsSeenByTheNextInstruction() {
        guest.load("""
                la a0, patched
                la a1, fresh
                lw a1, 0(a1)
                li a2, 1
                loop: sw a1, 0(a0)
                patched: li a2, 1
                fresh: li a2, 9
                """);
        guest.run(8);
        assertEquals(9, hart.registers[A2]);
    }

    /// A store to `hart.yieldRequested` must not be needed to see a jump into a page whose last word is the end of code.
    @ParameterizedTest
    @ValueSource(longs = {4094, 4092})
    void codeGoesOnInTheNextPage(long last) {
        guest.load("""
                j last
                .org %d
                last: .half %s
                li a0, 3
                """.formatted(last, last == 4094 ? "1" : "1, 1"));
        guest.run(1 + (last == 4094 ? 1 : 2) + 1);
        assertEquals(3, hart.registers[A0]);
    }

    @Test
    void floatingPointMarksItsStateDirtyOnce() {
        guest.load("""
                fadd.d fa0, fa1, fa2
                fadd.d fa0, fa0, fa2
                """);
        hart.floatState = Hart.FLOAT_OFF;
        guest.run(1);
        assertTrue(hart.trapPending());
        hart.takePendingTrap();
        hart.pc = TestGuest.BASE;
        hart.yieldRequested = false;
        hart.floatState = 1;
        hart.registers[Hart.FLOATS + A1] = Double.doubleToRawLongBits(1);
        hart.registers[Hart.FLOATS + A2] = Double.doubleToRawLongBits(2);
        guest.run(2);
        assertFalse(hart.trapPending());
        assertTrue(hart.floatDirty());
        assertEquals(5.0, Double.longBitsToDouble(hart.registers[Hart.FLOATS + A0]));
    }

    @Test
    void reservedRoundingModeIsIllegalWhereverItComesFrom() {
        hart.floatState = Hart.FLOAT_DIRTY;
        for (String text : new String[] {"fadd.d fa0, fa1, fa2, rm5", "fadd.d fa0, fa1, fa2"}) {
            guest.load(text);
            hart.floatStatus.roundingMode = 5;
            guest.run(1);
            assertTrue(hart.trapPending(), text);
            hart.takePendingTrap();
            assertEquals(TrapCause.ILLEGAL_INSTRUCTION, (int) hart.csrs.read(0x342));
            hart.yieldRequested = false;
        }
    }

    @Test
    void stepLeavesTheBudgetOneLess() {
        guest.load("li a0, 1\nli a0, 2\n");
        hart.remaining = 10;
        hart.deadline = 10;
        new Interpreter(hart, guest.monitor, Interpreter.NEVER).step();
        assertEquals(1, hart.registers[A0]);
        assertEquals(9, hart.remaining);
        assertEquals(10, hart.deadline);
        assertEquals(CodePage.page(hart.pc), hart.pc - 4);
    }
}
