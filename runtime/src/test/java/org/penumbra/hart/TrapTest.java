// SPDX-License-Identifier: Apache-2.0
package org.penumbra.hart;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.penumbra.hart.HartHarness.MIE;
import static org.penumbra.hart.HartHarness.MPIE;
import static org.penumbra.hart.HartHarness.MPP_SHIFT;
import static org.penumbra.hart.HartHarness.MPRV;
import static org.penumbra.hart.HartHarness.SIE;
import static org.penumbra.hart.HartHarness.SPIE;
import static org.penumbra.hart.HartHarness.SPP;
import static org.penumbra.hart.HartHarness.assertIllegal;

import org.junit.jupiter.api.Test;

/// Entering and leaving trap handlers.
final class TrapTest {
    private static final int[] PRIVILEGES = {Hart.USER, Hart.SUPERVISOR, Hart.MACHINE};
    private static final long STACKS = MIE | MPIE | SIE | SPIE | SPP | 3 << MPP_SHIFT;

    private final HartHarness harness = new HartHarness();
    private final Hart hart = harness.hart;

    /// CSRs as machine mode sees them, without executing an instruction.
    private long peek(String name) {
        return hart.csrs.read(hart.csrs.number(name));
    }

    private void poke(String name, long value) {
        hart.csrs.write(hart.csrs.number(name), value);
    }

    @Test
    void everyExceptionGoesWhereItIsDelegated() {
        for (int cause = 0; cause < 16; cause++) {
            for (int privilege : PRIVILEGES) {
                for (boolean delegated : new boolean[] {false, true}) {
                    harness.enter(Hart.MACHINE);
                    poke("medeleg", delegated ? 1L << cause : ~(1L << cause));
                    poke("mtvec", 0x8000_0001L);
                    poke("stvec", 0x9000_0001L);
                    poke("mepc", 0);
                    poke("sepc", 0);
                    harness.enter(privilege);
                    hart.pc = 0x1234_5676;
                    hart.takeTrap(cause, 0xabc);

                    boolean delegable = (0xb3ff >> cause & 1) != 0;
                    boolean supervisor = privilege != Hart.MACHINE && delegated && delegable;
                    assertEquals(supervisor ? Hart.SUPERVISOR : Hart.MACHINE, hart.privilege);
                    assertEquals(supervisor ? 0x9000_0000L : 0x8000_0000L, hart.pc, "exceptions are not vectored");
                    String mode = supervisor ? "s" : "m";
                    assertEquals(0x1234_5676, peek(mode + "epc"));
                    assertEquals(cause, peek(mode + "cause"));
                    assertEquals(0xabc, peek(mode + "tval"));
                    assertEquals(0, peek(supervisor ? "mepc" : "sepc"), "the other mode's registers stay");
                }
            }
        }
    }

    @Test
    void trapIntoMachineModePushesItsStack() {
        for (int privilege : PRIVILEGES) {
            for (boolean enabled : new boolean[] {false, true}) {
                harness.enter(Hart.MACHINE);
                poke("mstatus", SIE | SPIE | SPP | (enabled ? MIE : MPIE));
                hart.privilege = privilege;
                hart.takeTrap(2, 0);
                long expected = SIE | SPIE | SPP | (enabled ? MPIE : 0) | (long) privilege << MPP_SHIFT;
                assertEquals(expected, peek("mstatus") & STACKS);
            }
        }
    }

    @Test
    void trapIntoSupervisorModePushesItsStack() {
        for (int privilege = Hart.USER; privilege <= Hart.SUPERVISOR; privilege++) {
            for (boolean enabled : new boolean[] {false, true}) {
                harness.enter(Hart.MACHINE);
                poke("medeleg", -1);
                poke("mstatus", MIE | MPIE | 3 << MPP_SHIFT | (enabled ? SIE : SPIE));
                hart.privilege = privilege;
                hart.takeTrap(2, 0);
                long expected = MIE | MPIE | 3 << MPP_SHIFT | (enabled ? SPIE : 0) | (privilege == 1 ? SPP : 0);
                assertEquals(expected, peek("mstatus") & STACKS);
            }
        }
    }

    @Test
    void machineReturnPopsItsStack() {
        for (int to : PRIVILEGES) {
            for (boolean enabled : new boolean[] {false, true}) {
                harness.enter(Hart.MACHINE);
                poke("mepc", 0x8000_0042L);
                poke("mstatus", SIE | MPRV | (enabled ? MPIE : MIE) | (long) to << MPP_SHIFT);
                hart.machineReturn(HartHarness.BITS);
                assertEquals(to, hart.privilege);
                assertEquals(0x8000_0042L, hart.pc);
                assertEquals(SIE | MPIE | (enabled ? MIE : 0), peek("mstatus") & STACKS);
                assertEquals(to == Hart.MACHINE, (peek("mstatus") & MPRV) != 0, "MPRV survives in machine mode only");
            }
        }
    }

    @Test
    void supervisorReturnPopsItsStack() {
        for (int from = Hart.SUPERVISOR; from <= Hart.MACHINE; from += 2) {
            for (int to = Hart.USER; to <= Hart.SUPERVISOR; to++) {
                for (boolean enabled : new boolean[] {false, true}) {
                    harness.enter(Hart.MACHINE);
                    poke("sepc", 0x8000_0042L);
                    poke("mstatus", MIE | MPRV | 3 << MPP_SHIFT | (enabled ? SPIE : SIE) | (to == 1 ? SPP : 0));
                    hart.privilege = from;
                    hart.supervisorReturn(HartHarness.BITS);
                    assertEquals(to, hart.privilege);
                    assertEquals(0x8000_0042L, hart.pc);
                    assertEquals(MIE | 3 << MPP_SHIFT | SPIE | (enabled ? SIE : 0), peek("mstatus") & STACKS);
                    assertEquals(0, peek("mstatus") & MPRV);
                }
            }
        }
    }

    @Test
    void returnsAreIllegalBelowTheirMode() {
        harness.enter(Hart.SUPERVISOR);
        assertIllegal(() -> hart.machineReturn(HartHarness.BITS));
        harness.enter(Hart.USER);
        assertIllegal(() -> hart.machineReturn(HartHarness.BITS));
        assertIllegal(() -> hart.supervisorReturn(HartHarness.BITS));
        assertEquals(Hart.USER, hart.privilege);
    }

    @Test
    void supervisorReturnTrapsUnderTsrInSupervisorModeOnly() {
        poke("mstatus", HartHarness.TSR | SPP);
        harness.enter(Hart.SUPERVISOR);
        assertIllegal(() -> hart.supervisorReturn(HartHarness.BITS));
        assertEquals(Hart.SUPERVISOR, hart.privilege);
        harness.enter(Hart.MACHINE);
        hart.supervisorReturn(HartHarness.BITS);
        assertEquals(Hart.SUPERVISOR, hart.privilege);
    }

    @Test
    void waitingIsIllegalForUsersAndUnderTwForSupervisors() {
        for (boolean trapped : new boolean[] {false, true}) {
            harness.enter(Hart.MACHINE);
            poke("mstatus", trapped ? HartHarness.TW : 0);
            assertFalse(hart.wfiIllegal());
            harness.enter(Hart.SUPERVISOR);
            assertEquals(trapped, hart.wfiIllegal());
            harness.enter(Hart.USER);
            assertTrue(hart.wfiIllegal());
        }
    }

    @Test
    void fencesReachTheMonitorWithTheAsidBitsThatExist() {
        var small = new HartHarness(new HartConfig(57, 9, true, true, false));
        small.hart.supervisorFence(0x4000, true, -1, true, HartHarness.BITS);
        small.hart.supervisorFence(0, false, 0x1203, true, HartHarness.BITS);
        small.hart.supervisorFence(0x4000, true, 0, false, HartHarness.BITS);
        small.hart.supervisorFence(0, false, 0, false, HartHarness.BITS);
        assertEquals("[fence gva 4000 asid 1ff, fence asid 3, fence gva 4000, fence]", small.drain().toString());
    }

    @Test
    void fencesAreIllegalForUsersAndUnderTvmForSupervisors() {
        harness.enter(Hart.USER);
        assertIllegal(() -> hart.supervisorFence(0, false, 0, false, HartHarness.BITS));
        assertIllegal(() -> hart.supervisorFenceOrdering(HartHarness.BITS));
        harness.enter(Hart.MACHINE);
        poke("mstatus", HartHarness.TVM);
        hart.supervisorFence(0, false, 0, false, HartHarness.BITS);
        harness.enter(Hart.SUPERVISOR);
        assertIllegal(() -> hart.supervisorFence(0, false, 0, false, HartHarness.BITS));
        hart.supervisorFenceOrdering(HartHarness.BITS);
        assertEquals("[]", harness.drain().toString());
    }

    @Test
    void cacheBlockInstructionsFollowBothEnvironments() {
        for (CacheBlockOp op : CacheBlockOp.values()) {
            long bits = switch (op) {
                case INVALIDATE -> 0x30;
                case CLEAN, FLUSH -> 0x40;
                case ZERO -> 0x80;
            };
            for (int enables = 0; enables < 4; enables++) {
                harness.enter(Hart.MACHINE);
                poke("menvcfg", (enables & 1) != 0 ? bits : 0xf0 & ~bits);
                poke("senvcfg", (enables & 2) != 0 ? bits : 0xf0 & ~bits);
                hart.checkCacheBlock(op, HartHarness.BITS);
                harness.enter(Hart.SUPERVISOR);
                checks(op, (enables & 1) != 0);
                harness.enter(Hart.USER);
                checks(op, enables == 3);
            }
        }
    }

    private void checks(CacheBlockOp op, boolean allowed) {
        if (allowed) {
            hart.checkCacheBlock(op, HartHarness.BITS);
        } else {
            assertIllegal(() -> hart.checkCacheBlock(op, HartHarness.BITS));
        }
    }

    @Test
    void flushingInsteadOfInvalidatingIsEnoughToPermitIt() {
        poke("menvcfg", 0x10);
        harness.enter(Hart.SUPERVISOR);
        hart.checkCacheBlock(CacheBlockOp.INVALIDATE, HartHarness.BITS);
    }
}
