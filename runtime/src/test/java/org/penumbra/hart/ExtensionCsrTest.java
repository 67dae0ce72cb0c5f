// SPDX-License-Identifier: Apache-2.0
package org.penumbra.hart;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.penumbra.exits.ExitCause;
import org.penumbra.exits.FastPathEntry;
import org.penumbra.mmu.AccessType;
import org.penumbra.options.CpuName;

/// CSRs and bits of CSRs that extensions bring: there with them, absent without, and what they do.
final class ExtensionCsrTest {
    private static final long OVERFLOW = 1L << 63;
    private static final long NOT_MACHINE = 1L << 62;
    private static final long NOT_SUPERVISOR = 1L << 61;
    private static final long NOT_USER = 1L << 60;
    private static final long LCOFI = 1 << 13;

    private final HartHarness max = of(CpuName.MAX);

    private static HartHarness of(CpuName cpu) {
        return new HartHarness(HartConfig.standard().withCpu(cpu));
    }

    @Test
    void registersOfAbsentExtensionsAreIllegal() {
        HartHarness plain = of(CpuName.RV64GC);
        for (String name : List.of("scountovf", "mstateen0", "sstateen0", "stimecmp")) {
            int number = max.hart.csrs.number(name);
            assertTrue(number > 0, name);
            assertTrue(!plain.hart.csrs.exists(number) || name.equals("stimecmp"), name);
            HartHarness.assertIllegal(() -> plain.hart.csrs.check(number, false, HartHarness.BITS));
        }
        assertEquals(2L << 62 | 0x14112d, plain.read("misa"), "no B");
        assertEquals(2L << 62 | 0x1411af, max.read("misa"));
    }

    @Test
    void bitsOfAbsentExtensionsReadZero() {
        HartHarness plain = of(CpuName.RV64GC);
        plain.write("menvcfg", -1);
        assertEquals(1L << 61 | 1, plain.read("menvcfg"), "FIOM and ADUE");
        plain.write("senvcfg", -1);
        assertEquals(1, plain.read("senvcfg"));
        plain.write("mie", -1);
        assertEquals(0xaaa, plain.read("mie"));
        max.write("menvcfg", -1);
        assertEquals(7L << 61 | 3L << 32 | 0xf1, max.read("menvcfg"));
        max.write("senvcfg", -1);
        assertEquals(3L << 32 | 0xf1, max.read("senvcfg"));
        max.write("senvcfg", 1L << 32);
        assertEquals(0, max.read("senvcfg"), "the reserved mode");
        max.write("mie", -1);
        assertEquals(0x2eee, max.read("mie"));
        max.write("mideleg", -1);
        assertEquals(0x2666, max.read("mideleg"));
        assertFalse(plain.hart.largeLeaves());
        assertTrue(max.hart.largeLeaves());
    }

    @Test
    void machineModeKeepsStateFromSupervisors() {
        for (int i = 0; i < 4; i++) {
            max.write("mstateen" + i, -1);
            assertEquals(i == 0 ? 3L << 62 : OVERFLOW, max.read("mstateen" + i));
            max.write("sstateen" + i, -1);
            assertEquals(0, max.read("sstateen" + i));
        }
        max.enter(Hart.SUPERVISOR);
        assertEquals(0, max.read("sstateen2"));
        max.write("senvcfg", 1);
        max.hart.privilege = Hart.MACHINE;
        max.write("mstateen0", OVERFLOW);
        max.write("mstateen2", 0);
        max.enter(Hart.SUPERVISOR);
        assertEquals(0, max.read("sstateen0"));
        HartHarness.assertIllegal(() -> max.read("sstateen2"));
        HartHarness.assertIllegal(() -> max.read("senvcfg"));
        max.enter(Hart.USER);
        HartHarness.assertIllegal(() -> max.read("sstateen0"));
    }

    @Test
    void pointersAreMaskedByTheModeThatIsEffective() {
        long tagged = 0xab00_0000_0000_1234L;
        long negative = 0xabff_ffff_1234_5678L;
        max.write("satp", 8L << 60);
        assertEquals(tagged, max.hart.accessed(tagged));
        max.write("menvcfg", 2L << 32);
        max.write("senvcfg", 3L << 32);
        assertEquals(tagged, max.hart.accessed(tagged), "machine mode has none");
        max.enter(Hart.SUPERVISOR);
        assertEquals(0xff00_0000_0000_1234L, max.hart.accessed(tagged), "bit 56 is the sign");
        assertEquals(0xffff_ffff_1234_5678L, max.hart.accessed(negative), "the specification's example");
        max.set("sstatus", HartHarness.MXR);
        assertEquals(tagged, max.hart.accessed(tagged));
        max.clear("sstatus", HartHarness.MXR);
        max.write("satp", 0);
        assertEquals(0x01ff_ffff_1234_5678L, max.hart.accessed(negative), "the same, of a physical address");
        max.write("satp", 8L << 60);
        max.enter(Hart.USER);
        assertEquals(0x1234, max.hart.accessed(tagged));
        assertEquals(-1L << 47, max.hart.accessed(0x1234_8000_0000_0000L));
        // MPRV: the pointers of the mode in MPP.
        max.enter(Hart.MACHINE);
        max.write("mstatus", HartHarness.MPRV | 1L << HartHarness.MPP_SHIFT);
        assertEquals(0xff00_0000_0000_1234L, max.hart.accessed(tagged));
        max.write("mstatus", HartHarness.MPRV);
        assertEquals(0x1234, max.hart.accessed(tagged));
    }

    @Test
    void countersOfInstructionsStartAndStopBetweenInstructions() {
        max.write("mhpmevent3", 2);
        max.write("mhpmcounter3", 100);
        assertEquals(100, max.read("mhpmcounter3"), "a write takes precedence");
        assertEquals(101, max.read("mhpmcounter3"));
        max.write("mcountinhibit", 8);
        assertEquals(103, max.read("mhpmcounter3"));
        assertEquals(103, max.read("mhpmcounter3"));
        assertEquals(8, max.read("mcountinhibit"));
        max.write("mcountinhibit", 0);
        assertEquals(103, max.read("mhpmcounter3"));
        max.write("mhpmevent3", 0);
        assertEquals(105, max.read("mhpmcounter3"));
        assertEquals(105, max.read("hpmcounter3"));
        max.write("mhpmevent11", -1);
        assertEquals(0, max.read("mhpmevent11"), "there are eight");
        max.write("mcountinhibit", -1);
        assertEquals(0x7fd, max.read("mcountinhibit"));
    }

    @Test
    void instructionsBelongToTheModeThatExecutesThem() {
        max.write("mhpmevent3", 2 | NOT_MACHINE);
        max.write("mhpmevent4", 2 | NOT_SUPERVISOR | NOT_USER);
        max.write("mhpmcounter3", 0);
        max.write("mhpmcounter4", 0);
        long machine = max.read("mhpmcounter4");
        max.write("mstatus", (long) Hart.SUPERVISOR << HartHarness.MPP_SHIFT);
        max.hart.machineReturn(HartHarness.BITS);
        max.hart.remaining--; // mret has retired, in machine mode
        max.hart.remaining -= 10;
        max.hart.takeTrap(9, 0);
        assertEquals(10, max.read("mhpmcounter3"));
        assertEquals(machine + 4, max.read("mhpmcounter4"), "the first read, write, mret and the second read");
    }

    @Test
    void overflowIsPendingOnceAndTellsWhichCounter() {
        max.write("mcounteren", 1 << 4);
        max.write("mhpmevent4", 2);
        max.write("mhpmcounter4", -20);
        assertTrue(max.drain().contains("timer"), "the hart's budget has to end where it overflows");
        long left = max.hart.performance.untilOverflow();
        assertEquals(20, left + 0);
        max.hart.remaining -= left - 1;
        max.hart.performance.update();
        assertEquals(0, max.hart.interrupts.pending() & LCOFI);
        max.hart.remaining--;
        max.hart.performance.update();
        assertEquals(LCOFI, max.hart.interrupts.pending() & LCOFI);
        assertEquals(OVERFLOW | 2, max.read("mhpmevent4"));
        assertEquals(1 << 4, max.read("scountovf"));
        max.clear("mip", LCOFI);
        max.write("mhpmcounter4", -3);
        max.hart.remaining -= 10;
        max.hart.performance.update();
        assertEquals(0, max.hart.interrupts.pending() & LCOFI, "OF was set already");
        max.enter(Hart.SUPERVISOR);
        assertEquals(1 << 4, max.read("scountovf"));
        max.hart.privilege = Hart.MACHINE;
        max.write("mcounteren", 0);
        max.enter(Hart.SUPERVISOR);
        assertEquals(0, max.read("scountovf"), "not shown");
    }

    /// Also where it comes to pass together with a trap, which changes the mode that is counted.
    @Test
    void overflowIsNotLostWhereTheModeChanges() {
        max.write("mhpmevent3", 2 | NOT_USER);
        max.write("mhpmcounter3", -5);
        max.hart.remaining -= 5;
        max.enter(Hart.USER);
        assertEquals(LCOFI, max.hart.interrupts.pending() & LCOFI);
    }

    @Test
    void eventsAreCountedInTheModesThatAreNotLeftOut() {
        max.write("mhpmevent3", PerformanceMonitor.LOAD_TLB_MISSES | NOT_USER);
        max.write("mhpmevent4", PerformanceMonitor.EXITS);
        max.write("mhpmevent5", PerformanceMonitor.EXIT + ExitCause.PT_WRITE_LEAF.ordinal());
        max.write("mhpmevent6", PerformanceMonitor.FAST_PATH + FastPathEntry.FENCE_VA.ordinal());
        max.write("mhpmevent7", PerformanceMonitor.EXITS);
        max.write("mhpmcounter7", -1);
        PerformanceMonitor monitor = max.hart.performance;
        monitor.missed(AccessType.LOAD);
        monitor.missed(AccessType.STORE);
        monitor.exit(ExitCause.PT_WRITE_LEAF);
        assertEquals(LCOFI, max.hart.interrupts.pending() & LCOFI);
        monitor.exit(ExitCause.SATP_MISS);
        monitor.fastPath(FastPathEntry.FENCE_VA);
        monitor.fastPath(FastPathEntry.FENCE_ALL);
        max.enter(Hart.USER);
        monitor.missed(AccessType.LOAD);
        monitor.exit(ExitCause.SATP_MISS);
        max.hart.privilege = Hart.MACHINE;
        max.hart.contextChanged();
        assertEquals(List.of(1L, 3L, 1L, 1L, 2L), List.of(max.read("mhpmcounter3"), max.read("mhpmcounter4"),
                max.read("mhpmcounter5"), max.read("mhpmcounter6"), max.read("mhpmcounter7")));
        assertEquals(1 << 7, max.read("scountovf"));
    }
}
