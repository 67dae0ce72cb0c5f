// SPDX-License-Identifier: Apache-2.0
package org.penumbra.hart;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.penumbra.options.CpuName;

/// The hypervisor extension of a hart: its registers, who may access what, traps and interrupts between its modes.
final class HypervisorTest {
    private static final long GVA = 1 << 6;
    private static final long SPV = 1 << 7;
    private static final long SPVP = 1 << 8;
    private static final long VTVM = 1 << 20;
    private static final long VTW = 1 << 21;
    private static final long VTSR = 1 << 22;
    private static final long MACHINE_GVA = 1L << 38;
    private static final long XL = 2L << 32;

    private final HartHarness harness = harness();
    private final Hart hart = harness.hart;

    private static HartHarness harness() {
        return new HartHarness(HartConfig.standard().withCpu(CpuName.MAX));
    }

    /// Goes to VS mode (privilege 1) or VU mode (0) from machine mode.
    private static void enterGuest(HartHarness harness, int privilege) {
        harness.hart.privilege = Hart.MACHINE;
        if (harness.hart.virtual) {
            harness.hart.takeTrap(3, 0);
            harness.hart.privilege = Hart.MACHINE;
        }
        harness.hart.contextChanged();
        harness.write("mstatus", harness.read("mstatus") & ~(3L << HartHarness.MPP_SHIFT) | HartHarness.MPV
                | (long) privilege << HartHarness.MPP_SHIFT);
        harness.hart.machineReturn(HartHarness.BITS);
        assertTrue(harness.hart.virtual);
        assertEquals(privilege, harness.hart.privilege);
        harness.events.clear();
    }

    private static String outcome(Runnable instruction) {
        try {
            instruction.run();
            return "ok";
        } catch (GuestTrap trap) {
            assertEquals(Integer.toUnsignedLong(HartHarness.BITS), trap.tval());
            return trap.cause() == TrapCause.ILLEGAL_INSTRUCTION ? "illegal"
                    : trap.cause() == TrapCause.VIRTUAL_INSTRUCTION ? "virtual" : "cause " + trap.cause();
        }
    }

    // ---- registers

    private void writable(String name, long ones) {
        assertEquals(name.endsWith("status") ? XL : 0, harness.read(name), name + " after reset");
        harness.write(name, -1);
        assertEquals(ones, harness.read(name), name + " after ones");
        harness.write(name, 0);
        assertEquals(name.endsWith("status") ? XL : 0, harness.read(name), name + " after zeros");
    }

    @Test
    void registersKeepWhatIsLegal() {
        writable("hstatus", XL | 3L << 48 | 0x7003c0);
        writable("vsstatus", XL | 1L << 63 | 0xc6122);
        writable("hedeleg", 0xb1ff);
        writable("hideleg", 0x444);
        writable("hie", 0x444);
        writable("hvip", 0x444);
        writable("htimedelta", -1);
        writable("hcounteren", 0xffff_ffffL);
        writable("hgeie", 0);
        writable("htval", -1);
        writable("htinst", -1);
        writable("mtval2", -1);
        writable("mtinst", -1);
        writable("vstvec", ~2L);
        writable("vsscratch", -1);
        writable("vsepc", ~1L);
        writable("vscause", -1);
        writable("vstval", -1);
        writable("vstimecmp", -1);
        writable("vsatp", 0);
        assertEquals(0, harness.read("hgeip"));
        // Mode 15 does not exist: the mode stays, the rest is written, and the root is aligned to 16 KiB.
        harness.write("hgatp", -1);
        assertEquals(0x3fffL << 44 | (1L << 44) - 4, harness.read("hgatp"));
        harness.write("hgatp", 10L << 60 | 5L << 44 | 0x1003);
        assertEquals(10L << 60 | 5L << 44 | 0x1000, harness.read("hgatp"));
        harness.write("hgatp", -1);
        assertEquals(10L << 60 | 0x3fffL << 44 | (1L << 44) - 4, harness.read("hgatp"));
        harness.write("vsatp", 10L << 60 | 0xffffL << 44 | 0x1003);
        assertEquals(10L << 60 | 0xffffL << 44 | 0x1003, harness.read("vsatp"));
        assertEquals(0x444, harness.read("mideleg"), "read-only ones");
        harness.write("medeleg", -1);
        assertEquals(0xf0_b7ffL, harness.read("medeleg"));
        harness.write("hstatus", 1L << 48);
        assertEquals(XL, harness.read("hstatus"), "the reserved mode of HUPMM");
    }

    @Test
    void environmentOfGuestsHasNoMoreThanThatOfMachineMode() {
        harness.write("menvcfg", -1);
        harness.write("henvcfg", -1);
        assertEquals(7L << 61 | 3L << 32 | 0xf1, harness.read("henvcfg"));
        harness.write("menvcfg", 0);
        assertEquals(3L << 32 | 0xf1, harness.read("henvcfg"));
        assertFalse(hart.hypervisor.firstStage.updatesAccessedDirty());
        assertFalse(hart.hypervisor.firstStage.pageMemoryTypes());
        for (int i = 0; i < 4; i++) {
            harness.write("hstateen" + i, -1);
            assertEquals(0, harness.read("hstateen" + i));
            harness.write("mstateen" + i, -1);
            harness.write("hstateen" + i, -1);
            assertEquals(i == 0 ? 3L << 62 : 1L << 63, harness.read("hstateen" + i));
        }
    }

    @Test
    void guestsAccessTheirOwnRegistersUnderTheNumbersOfASupervisors() {
        var own = Map.of("sstatus", 0x40000L | XL, "stvec", 0x1000L, "sscratch", 0x11L, "sepc", 0x22L, "scause", 0x33L,
                "stval", 0x44L, "satp", 8L << 60 | 0x55);
        own.forEach((name, value) -> harness.write(name, ~value & 0xffff));
        var before = new TreeMap<String, Long>();
        own.keySet().forEach(name -> before.put(name, harness.read(name)));
        enterGuest(harness, Hart.SUPERVISOR);
        own.forEach(harness::write);
        own.forEach((name, value) -> assertEquals(value, harness.read(name), name));
        hart.takeTrap(3, 0);
        assertFalse(hart.virtual);
        own.forEach((name, value) -> assertEquals(value, harness.read("v" + name), name));
        before.forEach((name, value) -> assertEquals(value, harness.read(name), name));
    }

    @Test
    void hartsWithoutTheExtensionHaveNoneOfIt() {
        var plain = new HartHarness(HartConfig.standard().withCpu(CpuName.SCALAR));
        assertNull(plain.hart.hypervisor);
        for (int number = 0; number < 4096; number++) {
            if (hart.csrs.exists(number) && ((number >>> 8 & 3) == 2 || List.of("mtval2", "mtinst").contains(
                    hart.csrs.name(number)))) {
                assertFalse(plain.hart.csrs.exists(number), hart.csrs.name(number));
            }
        }
        plain.write("mstatus", -1);
        assertEquals(0, plain.read("mstatus") & (HartHarness.MPV | MACHINE_GVA));
        plain.write("mie", -1);
        assertEquals(0x2aaa, plain.read("mie"));
        assertEquals(0, plain.read("misa") & 1 << 7);
    }

    // ---- who may access what

    /// Outcome in M, HS, U, VS and VU mode.
    private List<String> outcomes(HartHarness on, Runnable instruction) {
        var outcomes = new java.util.ArrayList<String>();
        for (int mode = 0; mode < 5; mode++) {
            if (mode > 2) {
                enterGuest(on, mode == 3 ? Hart.SUPERVISOR : Hart.USER);
            } else {
                on.hart.privilege = Hart.MACHINE;
                if (mode > 0) {
                    on.enter(mode == 1 ? Hart.SUPERVISOR : Hart.USER);
                }
            }
            outcomes.add(outcome(instruction));
        }
        on.hart.takeTrap(3, 0);
        return outcomes;
    }

    private List<String> outcomes(HartHarness on, String csr, boolean writes) {
        return outcomes(on, () -> on.hart.csrs.check(on.hart.csrs.number(csr), writes, HartHarness.BITS));
    }

    @Test
    void registersAreAccessibleWhereTheSpecificationSays() {
        var open = harness();
        for (int i = 0; i < 4; i++) {
            open.write("mstateen" + i, -1);
            open.write("hstateen" + i, -1);
        }
        open.write("menvcfg", -1);
        open.write("henvcfg", -1);
        for (String name : List.of("mcounteren", "hcounteren", "scounteren")) {
            open.write(name, -1);
        }
        open.write("mstatus", HartHarness.FS_DIRTY);
        open.write("vsstatus", HartHarness.FS_DIRTY);
        for (int number = 0; number < 4096; number++) {
            if (!open.hart.csrs.exists(number)) {
                continue;
            }
            String name = open.hart.csrs.name(number);
            List<String> expected = switch (number >>> 8 & 3) {
                case 0 -> List.of("ok", "ok", "ok", "ok", "ok");
                case 1 -> List.of("ok", "ok", "illegal", "ok", "virtual");
                case 2 -> List.of("ok", "ok", "illegal", "virtual", "virtual");
                default -> List.of("ok", "illegal", "illegal", "illegal", "illegal");
            };
            assertEquals(expected, outcomes(open, name, false), name);
            if (number >>> 10 == 3) {
                assertEquals(Set.of("illegal"), new HashSet<>(outcomes(open, name, true)), name);
            }
        }
    }

    @Test
    void switchesOfTheHypervisorMakeVirtualInstructions() {
        var closed = harness();
        assertEquals(List.of("ok", "illegal", "illegal", "illegal", "illegal"), outcomes(closed, "time", false));
        closed.write("mcounteren", -1);
        assertEquals(List.of("ok", "ok", "illegal", "virtual", "virtual"), outcomes(closed, "time", false));
        closed.write("hcounteren", -1);
        assertEquals(List.of("ok", "ok", "illegal", "ok", "virtual"), outcomes(closed, "time", false));
        assertEquals(List.of("ok", "illegal", "illegal", "illegal", "illegal"), outcomes(closed, "stimecmp", true));
        closed.write("menvcfg", HartHarness.STCE);
        assertEquals(List.of("ok", "ok", "illegal", "virtual", "virtual"), outcomes(closed, "stimecmp", true));
        assertEquals(List.of("ok", "ok", "illegal", "virtual", "virtual"), outcomes(closed, "vstimecmp", true));
        closed.write("henvcfg", HartHarness.STCE);
        assertEquals(List.of("ok", "ok", "illegal", "ok", "virtual"), outcomes(closed, "stimecmp", true));
        assertEquals(List.of("ok", "illegal", "illegal", "illegal", "illegal"), outcomes(closed, "senvcfg", true));
        closed.write("mstateen0", -1);
        assertEquals(List.of("ok", "ok", "illegal", "virtual", "virtual"), outcomes(closed, "senvcfg", true));
        assertEquals(List.of("ok", "ok", "illegal", "virtual", "virtual"), outcomes(closed, "sstateen0", true));
        closed.write("hstateen0", -1);
        assertEquals(List.of("ok", "ok", "illegal", "ok", "virtual"), outcomes(closed, "senvcfg", true));
        closed.write("mstatus", HartHarness.TVM);
        assertEquals(List.of("ok", "illegal", "illegal", "ok", "virtual"), outcomes(closed, "satp", true));
        assertEquals(List.of("ok", "illegal", "illegal", "virtual", "virtual"), outcomes(closed, "hgatp", true));
        assertEquals(List.of("ok", "ok", "illegal", "virtual", "virtual"), outcomes(closed, "vsatp", true));
        closed.write("hstatus", VTVM);
        assertEquals(List.of("ok", "illegal", "illegal", "virtual", "virtual"), outcomes(closed, "satp", true));
    }

    @Test
    void instructionsTrapWhereTheSpecificationSays() {
        int bits = HartHarness.BITS;
        Runnable fence = () -> hart.supervisorFence(0, false, 0, false, bits);
        assertEquals(List.of("ok", "ok", "illegal", "ok", "virtual"), outcomes(harness, fence));
        Runnable ordering = () -> hart.supervisorFenceOrdering(bits);
        assertEquals(List.of("ok", "ok", "illegal", "ok", "virtual"), outcomes(harness, ordering));
        Runnable guestFence = () -> hart.guestFence(0, false, 0, false, bits);
        assertEquals(List.of("ok", "ok", "illegal", "virtual", "virtual"), outcomes(harness, guestFence));
        Runnable second = () -> hart.secondStageFence(0, false, 0, false, bits);
        assertEquals(List.of("ok", "ok", "illegal", "virtual", "virtual"), outcomes(harness, second));
        Runnable wait = () -> hart.checkWait(bits);
        assertEquals(List.of("ok", "ok", "illegal", "ok", "virtual"), outcomes(harness, wait));
        Runnable ret = () -> hart.supervisorReturn(bits);
        assertEquals(List.of("ok", "ok", "illegal", "ok", "virtual"), outcomes(harness, ret));
        Runnable access = () -> hart.hypervisor.checkOwn(true, bits);
        assertEquals(List.of("ok", "ok", "illegal", "virtual", "virtual"), outcomes(harness, access));
        harness.write("hstatus", VTVM | VTW | VTSR | 1 << 9);
        assertEquals(List.of("ok", "ok", "illegal", "virtual", "virtual"), outcomes(harness, fence));
        assertEquals(List.of("ok", "ok", "illegal", "ok", "virtual"), outcomes(harness, ordering));
        assertEquals(List.of("ok", "ok", "illegal", "virtual", "virtual"), outcomes(harness, wait));
        assertEquals(List.of("ok", "ok", "illegal", "virtual", "virtual"), outcomes(harness, ret));
        assertEquals(List.of("ok", "ok", "ok", "virtual", "virtual"), outcomes(harness, access), "HU");
        harness.write("mstatus", HartHarness.TVM | HartHarness.TW | HartHarness.TSR);
        assertEquals(List.of("ok", "illegal", "illegal", "virtual", "virtual"), outcomes(harness, fence));
        assertEquals(List.of("ok", "ok", "illegal", "virtual", "virtual"), outcomes(harness, guestFence));
        assertEquals(List.of("ok", "illegal", "illegal", "virtual", "virtual"), outcomes(harness, second));
        assertEquals(List.of("ok", "illegal", "illegal", "illegal", "illegal"), outcomes(harness, wait));
        assertEquals(List.of("ok", "illegal", "illegal", "virtual", "virtual"), outcomes(harness, ret));
    }

    @Test
    void cacheBlocksAskTheEnvironmentsOfAllModes() {
        Runnable zero = () -> hart.checkCacheBlock(CacheBlockOp.ZERO, HartHarness.BITS);
        assertEquals(List.of("ok", "illegal", "illegal", "illegal", "illegal"), outcomes(harness, zero));
        harness.write("menvcfg", 0x80);
        assertEquals(List.of("ok", "ok", "illegal", "virtual", "virtual"), outcomes(harness, zero));
        harness.write("henvcfg", 0x80);
        assertEquals(List.of("ok", "ok", "illegal", "ok", "virtual"), outcomes(harness, zero));
        harness.write("senvcfg", 0x80);
        assertEquals(List.of("ok", "ok", "ok", "ok", "ok"), outcomes(harness, zero));
    }

    @Test
    void fencesNameWhatTheyCover() {
        harness.write("hgatp", 8L << 60 | 0x123L << 44);
        harness.events.clear();
        hart.guestFence(0x5000, true, 7, true, HartHarness.BITS);
        hart.secondStageFence(0, false, 0x10_0123, true, HartHarness.BITS);
        hart.secondStageFence(0x12_3456_7000L, true, 0x124, true, HartHarness.BITS);
        hart.secondStageFence(0, true, 0, false, HartHarness.BITS);
        hart.secondStageFence(0, false, 0, false, HartHarness.BITS);
        assertEquals(List.of("guest fence gva 5000 asid 7 vmid 123", "second fence vmid 123",
                "second fence gpa 1234567000 vmid 124", "second fence gpa 0", "second fence"),
                harness.drain());
        enterGuest(harness, Hart.SUPERVISOR);
        hart.supervisorFence(0x6000, true, 0, false, HartHarness.BITS);
        assertEquals(List.of("guest fence gva 6000 vmid 123"), harness.drain());
    }

    // ---- traps

    @Test
    void exceptionsGoToTheModeThatTheyAreDelegatedTo() {
        for (int from = 0; from < 2; from++) {
            for (int cause : List.of(0, 2, 3, 5, 8, 9, 10, 12, 13, 15, 20, 21, 22, 23)) {
                for (int delegated = 0; delegated < 4; delegated++) {
                    var on = harness();
                    on.write("medeleg", (delegated & 1) != 0 ? -1 : 0);
                    on.write("hedeleg", (delegated & 2) != 0 ? -1 : 0);
                    on.write("mtvec", 0x1000);
                    on.write("stvec", 0x2000);
                    on.write("vstvec", 0x3000);
                    enterGuest(on, from);
                    on.hart.pc = 0x8000;
                    on.hart.takeTrap(cause, 0xabc);
                    boolean machine = (delegated & 1) == 0;
                    boolean guest = !machine && (delegated & 2) != 0 && (0xb1ff >>> cause & 1) != 0;
                    String text = from + " " + cause + " " + delegated;
                    assertEquals(machine ? 0x1000 : guest ? 0x3000 : 0x2000, on.hart.pc, text);
                    assertEquals(machine ? Hart.MACHINE : Hart.SUPERVISOR, on.hart.privilege, text);
                    assertEquals(guest, on.hart.virtual, text);
                    String prefix = machine ? "m" : "s";
                    assertEquals(cause, on.read(prefix + "cause"), text);
                    assertEquals(0xabc, on.read(prefix + "tval"), text);
                    assertEquals(0x8000, on.read(prefix + "epc"), text);
                    assertEquals(guest ? from == 1 ? List.of() : List.of("context") : List.of("exit " + cause, "context"),
                            on.drain(), text);
                    boolean address = !List.of(2, 8, 9, 10, 22).contains(cause);
                    if (machine) {
                        assertEquals(HartHarness.MPV | (address ? MACHINE_GVA : 0) | (long) from << 11,
                                on.read("mstatus") & (HartHarness.MPV | MACHINE_GVA | 3 << 11), text);
                        on.hart.machineReturn(HartHarness.BITS);
                    } else if (guest) {
                        assertEquals(from == 1 ? HartHarness.SPP : 0, on.read("sstatus") & HartHarness.SPP, text);
                        on.hart.supervisorReturn(HartHarness.BITS);
                    } else {
                        assertEquals(XL | SPV | (address ? GVA : 0) | (from == 1 ? SPVP : 0), on.read("hstatus"), text);
                        assertEquals(from == 1 ? HartHarness.SPP : 0, on.read("sstatus") & HartHarness.SPP, text);
                        on.hart.supervisorReturn(HartHarness.BITS);
                    }
                    assertEquals(from, on.hart.privilege, text);
                    assertTrue(on.hart.virtual, text);
                    assertEquals(0x8000, on.hart.pc, text);
                }
            }
        }
    }

    @Test
    void trapsOfTheHypervisorItselfLeaveNoTraceOfAGuest() {
        harness.write("hstatus", GVA | SPV | SPVP);
        harness.write("medeleg", -1);
        harness.enter(Hart.SUPERVISOR);
        hart.takeTrap(13, 0x123);
        assertEquals(XL | SPVP, harness.read("hstatus"), "SPVP stays");
        harness.write("htval", 5);
        hart.takeTrap(13, 0x123);
        assertEquals(0, harness.read("htval"));
        harness.enter(Hart.USER);
        hart.takeTrap(8, 0);
        assertFalse(hart.virtual);
        assertEquals(Hart.SUPERVISOR, hart.privilege);
    }

    @Test
    void secondStageFaultsTellTheGuestPhysicalAddress() {
        harness.write("medeleg", -1);
        enterGuest(harness, Hart.USER);
        hart.raise(new GuestTrap(21, 0x1234, 0x8_0000_1238L, 0x3020));
        hart.takePendingTrap();
        assertEquals(0x8_0000_1238L >>> 2, harness.read("htval"));
        assertEquals(0x3020, harness.read("htinst"));
        assertEquals(0x1234, harness.read("stval"));
        assertEquals(XL | SPV | GVA, harness.read("hstatus"));
        hart.privilege = Hart.MACHINE;
        harness.write("medeleg", 0);
        enterGuest(harness, Hart.SUPERVISOR);
        hart.raise(new GuestTrap(23, 0x5678, 0x9000, 0));
        hart.takePendingTrap();
        assertEquals(0x9000 >>> 2, harness.read("mtval2"));
        assertEquals(0, harness.read("mtinst"));
    }

    @Test
    void environmentCallsTellTheMode() {
        harness.enter(Hart.SUPERVISOR);
        assertEquals(9, hart.callCause());
        enterGuest(harness, Hart.SUPERVISOR);
        assertEquals(10, hart.callCause());
        enterGuest(harness, Hart.USER);
        assertEquals(8, hart.callCause());
        hart.takeTrap(8, 0);
        assertEquals(11, hart.callCause());
    }

    @Test
    void accessesUnderModifiedPrivilegeAreThoseOfTheGuest() {
        harness.write("mstatus", HartHarness.MPRV | HartHarness.MPV | 1 << HartHarness.MPP_SHIFT);
        assertTrue(hart.dataVirtual());
        assertEquals(Hart.SUPERVISOR, hart.dataPrivilege());
        assertFalse(hart.virtual);
        harness.write("mstatus", HartHarness.MPRV | HartHarness.MPV | 3 << HartHarness.MPP_SHIFT);
        assertFalse(hart.dataVirtual());
        harness.write("mstatus", HartHarness.MPV | 1 << HartHarness.MPP_SHIFT);
        assertFalse(hart.dataVirtual());
        harness.write("hstatus", SPVP);
        harness.events.clear();
        hart.hypervisor.beginAccess(false);
        assertTrue(hart.dataVirtual());
        assertEquals(Hart.SUPERVISOR, hart.dataPrivilege());
        hart.hypervisor.endAccess();
        assertFalse(hart.dataVirtual());
        assertEquals(Hart.MACHINE, hart.dataPrivilege());
        assertEquals(List.of("context", "context"), harness.drain());
    }

    // ---- floating point

    @Test
    void floatingPointNeedsBothStatusRegistersAndDirtiesBoth() {
        for (int outer = 0; outer < 4; outer++) {
            for (int inner = 0; inner < 4; inner++) {
                var on = harness();
                on.write("mstatus", (long) outer << 13);
                on.write("vsstatus", (long) inner << 13);
                enterGuest(on, Hart.SUPERVISOR);
                assertEquals(outer != 0 && inner != 0, on.hart.floatEnabled());
                assertEquals(outer == 3 && inner == 3, on.hart.floatDirty());
                assertEquals(inner, on.read("sstatus") >>> 13 & 3);
                boolean enabled = on.hart.floatEnabled();
                if (enabled) {
                    on.hart.dirtyFloat();
                    assertEquals(3, on.read("sstatus") >>> 13 & 3);
                }
                on.hart.takeTrap(3, 0);
                assertEquals(enabled ? 3 : outer, on.hart.floatState);
                assertEquals(enabled ? 3 : outer, on.read("mstatus") >>> 13 & 3);
                assertEquals(enabled ? 3 : inner, on.read("vsstatus") >>> 13 & 3);
            }
        }
        harness.write("mstatus", HartHarness.FS_DIRTY);
        harness.write("vsstatus", HartHarness.FS_DIRTY);
        enterGuest(harness, Hart.SUPERVISOR);
        harness.write("sstatus", 1 << 13);
        assertFalse(hart.floatDirty());
        assertTrue(hart.floatEnabled());
        hart.takeTrap(3, 0);
        assertEquals(3, hart.floatState);
        assertEquals(1, harness.read("vsstatus") >>> 13 & 3);
    }

    // ---- interrupts

    private void interrupts(long enabled) {
        harness.write("mie", enabled);
        harness.write("stvec", 0x2000);
        harness.write("vstvec", 0x3000);
    }

    @Test
    void interruptsOfGuestsAreInjectedAndTakenUnderTheNumbersOfASupervisors() {
        interrupts(-1);
        harness.write("hideleg", 0x444);
        harness.write("hvip", 0x444);
        assertEquals(0x444, harness.read("mip") & 0x444);
        assertEquals(0x444, harness.read("hip"));
        assertEquals(0x222, harness.read("vsip"));
        assertEquals(0x222, harness.read("vsie"));
        assertEquals(0, harness.read("sip") & 0x444);
        assertEquals(0, harness.read("sie") & 0x444);
        assertFalse(hart.interruptPending(), "not in machine mode");
        harness.enter(Hart.SUPERVISOR);
        harness.write("sstatus", HartHarness.SIE);
        assertFalse(hart.interruptPending(), "not in HS mode, which they are not for");
        enterGuest(harness, Hart.SUPERVISOR);
        assertFalse(hart.interruptPending(), "vsstatus.SIE is clear");
        harness.write("sstatus", HartHarness.SIE);
        assertTrue(hart.interruptPending());
        hart.takeInterrupt();
        assertEquals(0x3000, hart.pc);
        assertTrue(hart.virtual);
        assertEquals(1L << 63 | 9, harness.read("scause"), "external first");
        enterGuest(harness, Hart.USER);
        assertTrue(hart.interruptPending(), "VU mode always takes them");
    }

    @Test
    void interruptsOfGuestsThatTheHypervisorKeepsGoToIt() {
        interrupts(0x444);
        harness.write("hvip", 0x44);
        enterGuest(harness, Hart.USER);
        assertTrue(hart.takeInterrupt());
        assertFalse(hart.virtual);
        assertEquals(Hart.SUPERVISOR, hart.privilege);
        assertEquals(0x2000, hart.pc);
        assertEquals(1L << 63 | 2, harness.read("scause"), "software before timer");
        assertEquals(XL | SPV, harness.read("hstatus"));
        assertEquals(List.of("exit interrupt 2", "context"), harness.drain());
    }

    @Test
    void interruptsOfTheHypervisorStopGuestsWhateverItsStatus() {
        interrupts(0x20);
        harness.write("mideleg", 0x222);
        harness.write("mip", 0x20);
        enterGuest(harness, Hart.SUPERVISOR);
        assertTrue(hart.takeInterrupt());
        assertEquals(1L << 63 | 5, harness.read("scause"));
        assertFalse(hart.virtual);
        harness.events.clear();
        hart.privilege = Hart.MACHINE;
        harness.enter(Hart.SUPERVISOR);
        assertFalse(hart.interruptPending(), "SIE is clear");
    }

    @Test
    void softwareInterruptsOfGuestsAreTheirsToClear() {
        harness.write("hideleg", 0x444);
        harness.write("hvip", 0x444);
        enterGuest(harness, Hart.SUPERVISOR);
        harness.clear("sip", -1);
        assertEquals(0x220, harness.read("sip"), "only the software interrupt");
        harness.set("sip", -1);
        assertEquals(0x222, harness.read("sip"));
        hart.takeTrap(3, 0);
        assertEquals(0x444, harness.read("hvip"));
        harness.clear("hip", -1);
        assertEquals(0x440, harness.read("hvip"));
        harness.set("mip", 4);
        assertEquals(0x444, harness.read("hvip"));
        harness.write("hideleg", 0);
        assertEquals(0, harness.read("vsip"));
    }

    @Test
    void timerOfGuestsComparesTheirTime() {
        harness.write("mcounteren", -1);
        harness.write("hcounteren", -1);
        harness.write("menvcfg", HartHarness.STCE);
        harness.write("stimecmp", -1);
        harness.now = 1000;
        harness.write("vstimecmp", 0);
        assertEquals(0, harness.read("hip"), "henvcfg.STCE is clear");
        harness.write("henvcfg", HartHarness.STCE);
        assertEquals(0x40, harness.read("hip"));
        assertEquals(Long.MAX_VALUE, hart.stimecmpDeadline(), "has expired");
        harness.write("htimedelta", -900);
        harness.write("vstimecmp", 150);
        assertEquals(0, harness.read("hip"));
        assertEquals(1050, hart.stimecmpDeadline());
        enterGuest(harness, Hart.SUPERVISOR);
        assertEquals(100, harness.read("time"));
        harness.write("stimecmp", 101);
        hart.takeTrap(3, 0);
        assertEquals(1001, hart.stimecmpDeadline());
        harness.now = 1001;
        assertEquals(0x40, harness.read("mip"));
        harness.write("hvip", 0x40);
        harness.write("vstimecmp", -1);
        assertEquals(0x40, harness.read("hip"), "injected");
        assertEquals(Long.MAX_VALUE, hart.stimecmpDeadline());
        harness.write("htimedelta", -2000);
        assertEquals(0x40, harness.read("hip"));
        assertEquals(2000 - 1, hart.stimecmpDeadline(), "their time is before zero, which is very late");
    }

    @Test
    void countersLeaveOutModesOfGuests() {
        long notGuestSupervisor = 1L << 59;
        long notGuestUser = 1L << 58;
        harness.write("mhpmevent3", 2 | notGuestSupervisor);
        harness.write("mhpmevent4", 2 | notGuestUser);
        harness.write("mhpmevent5", 2 | 3L << 60);
        harness.write("mhpmcounter3", 0);
        harness.write("mhpmcounter4", 0);
        harness.write("mhpmcounter5", 0);
        enterGuest(harness, Hart.SUPERVISOR);
        long three = hart.csrs.read(0xb03);
        long four = hart.csrs.read(0xb04);
        long five = hart.csrs.read(0xb05);
        hart.remaining -= 10;
        assertEquals(three, hart.csrs.read(0xb03));
        assertEquals(four + 10, hart.csrs.read(0xb04));
        assertEquals(five + 10, hart.csrs.read(0xb05), "bits of other modes do not leave out guests");
        enterGuest(harness, Hart.USER);
        three = hart.csrs.read(0xb03);
        four = hart.csrs.read(0xb04);
        hart.remaining -= 10;
        assertEquals(three + 10, hart.csrs.read(0xb03));
        assertEquals(four, hart.csrs.read(0xb04));
    }

    // ---- pointers

    @Test
    void pointersOfGuestsAreMaskedAsTheHypervisorSays() {
        long tagged = 0x7f00_0000_0000_1000L;
        harness.write("henvcfg", 2L << 32);
        harness.write("senvcfg", 3L << 32);
        harness.write("vsatp", 8L << 60);
        enterGuest(harness, Hart.SUPERVISOR);
        assertEquals(tagged << 7 >> 7, hart.accessed(tagged));
        enterGuest(harness, Hart.USER);
        assertEquals(tagged << 16 >> 16, hart.accessed(tagged));
        hart.takeTrap(3, 0);
        assertEquals(tagged, hart.accessed(tagged));
        hart.hypervisor.beginAccess(false);
        assertEquals(tagged << 16 >> 16, hart.accessed(tagged), "as VU mode");
        hart.hypervisor.endAccess();
        hart.hypervisor.beginAccess(true);
        assertEquals(tagged, hart.accessed(tagged), "hlvx");
        hart.hypervisor.endAccess();
        harness.write("hstatus", SPVP | 2L << 48);
        hart.hypervisor.beginAccess(false);
        assertEquals(tagged << 7 >> 7, hart.accessed(tagged), "as VS mode");
        hart.hypervisor.endAccess();
        harness.write("vsstatus", HartHarness.MXR);
        enterGuest(harness, Hart.SUPERVISOR);
        assertEquals(tagged, hart.accessed(tagged), "under MXR");
    }
}
