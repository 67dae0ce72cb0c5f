// SPDX-License-Identifier: Apache-2.0
package org.penumbra.hart;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// What each CSR holds after reset and keeps of what is written to it, in machine mode.
final class CsrLegalisationTest {
    private static final long ALL = -1;
    private static final long XL = 0xaL << 32;
    private static final long SD = 1L << 63;
    private static final long MISA = 0x8000_0000_0014_112fL;

    /// Value after reset, after writing all ones, and after writing zeros after that.
    private record Row(long reset, long ones, long zeros) {
    }

    private static final Map<String, Row> ROWS = new HashMap<>();

    private static void row(String name, long reset, long ones) {
        ROWS.put(name, new Row(reset, ones, 0));
    }

    private static void constant(String name, long value) {
        ROWS.put(name, new Row(value, value, value));
    }

    static {
        row("fflags", 0, 0x1f);
        row("frm", 0, 7);
        row("fcsr", 0, 0xff);
        // Dirty FS and SD come from the harness, which has to switch floating point on to reach fcsr.
        ROWS.put("sstatus", new Row(2L << 32 | 3 << 13 | SD, 2L << 32 | SD | 0xc6122, 2L << 32));
        ROWS.put("mstatus", new Row(XL | 3 << 13 | SD, XL | SD | 0x7e79aa, XL));
        constant("sie", 0);
        constant("sip", 0);
        row("stvec", 0, ~2L);
        row("scounteren", 0, 0xffff_ffffL);
        row("senvcfg", 0, 0xf1);
        row("sscratch", 0, ALL);
        row("sepc", 0, ~1L);
        row("scause", 0, ALL);
        row("stval", 0, ALL);
        row("stimecmp", 0, ALL);
        // Mode 15 does not exist: nothing is written.
        constant("satp", 0);
        constant("misa", MISA);
        row("medeleg", 0, 0xb3ff);
        row("mideleg", 0, 0x222);
        row("mie", 0, 0xaaa);
        row("mip", 0, 0x222);
        row("mtvec", 0, ~2L);
        row("mcounteren", 0, 0xffff_ffffL);
        row("menvcfg", 0, 7L << 61 | 0xf1);
        row("mscratch", 0, ALL);
        row("mepc", 0, ~1L);
        row("mcause", 0, ALL);
        row("mtval", 0, ALL);
        row("mcountinhibit", 0, 5);
        constant("mvendorid", 0);
        constant("marchid", 0);
        constant("mimpid", 0);
        constant("mhartid", 3);
        constant("mconfigptr", 0);
        constant("tselect", 0);
        constant("tdata1", 0);
        constant("tdata2", 0);
        constant("tdata3", 0);
        constant("tinfo", 1);
        constant("time", 0);
        for (int i = 0; i < 64; i++) {
            if (i < 16) {
                row("pmpaddr" + i, 0, (1L << 54) - 1);
            } else {
                constant("pmpaddr" + i, 0);
            }
        }
        // All ones lock the entries: zeros do not come back.
        ROWS.put("pmpcfg0", new Row(0, 0x9f9f_9f9f_9f9f_9f9fL, 0x9f9f_9f9f_9f9f_9f9fL));
        ROWS.put("pmpcfg2", new Row(0, 0x9f9f_9f9f_9f9f_9f9fL, 0x9f9f_9f9f_9f9f_9f9fL));
        for (int i = 4; i < 16; i += 2) {
            constant("pmpcfg" + i, 0);
        }
        for (int i = 3; i < 32; i++) {
            constant("mhpmcounter" + i, 0);
            constant("hpmcounter" + i, 0);
            constant("mhpmevent" + i, 0);
        }
    }

    private static HartHarness floatingPointOn() {
        var harness = new HartHarness();
        harness.set("mstatus", HartHarness.FS_DIRTY);
        return harness;
    }

    @Test
    void everyCsrKeepsWhatIsLegal() {
        var names = new HartHarness().hart.csrs;
        for (int number = 0; number < 4096; number++) {
            String name = names.name(number);
            if (name == null || name.matches("m?cycle|m?instret|minstret")) {
                continue;
            }
            Row row = ROWS.get(name);
            var harness = floatingPointOn();
            assertEquals(row.reset, harness.read(name), name + " after reset");
            if (number >> 10 == 3) {
                continue;
            }
            harness.write(name, -1);
            floatingPointBack(harness, name);
            assertEquals(row.ones, harness.read(name), name + " after ones");
            harness.write(name, 0);
            floatingPointBack(harness, name);
            assertEquals(row.zeros, harness.read(name), name + " after zeros");
        }
    }

    private static void floatingPointBack(HartHarness harness, String name) {
        if (name.startsWith("f")) {
            harness.set("mstatus", HartHarness.FS_DIRTY);
        }
    }

    @Test
    void resetRestoresEveryCsr() {
        var harness = floatingPointOn();
        var random = new Random(7);
        for (int number = 0; number < 4096; number++) {
            if (harness.hart.csrs.exists(number) && number >> 10 != 3) {
                harness.hart.csrs.write(number, random.nextLong());
            }
        }
        harness.hart.privilege = Hart.USER;
        harness.hart.registers[5] = 1;
        harness.hart.reset();
        assertEquals(Hart.MACHINE, harness.hart.privilege);
        assertEquals(0, harness.hart.registers[5]);
        assertEquals(Hart.FLOAT_OFF, harness.hart.floatState);
        assertEquals(0, harness.hart.csrs.read(0xb02));
        harness.set("mstatus", HartHarness.FS_DIRTY);
        ROWS.forEach((name, row) -> assertEquals(row.reset, harness.read(name), name));
    }

    @Test
    void reservedPreviousPrivilegeBecomesUser() {
        var harness = new HartHarness();
        for (int mpp = 0; mpp < 4; mpp++) {
            harness.write("mstatus", (long) mpp << HartHarness.MPP_SHIFT);
            assertEquals(mpp == 2 ? 0 : mpp, harness.read("mstatus") >> HartHarness.MPP_SHIFT & 3);
        }
    }

    @Test
    void floatStateIsTheFieldOfBothStatusRegisters() {
        var harness = new HartHarness();
        for (int fs = 0; fs < 4; fs++) {
            for (String name : new String[] {"mstatus", "sstatus"}) {
                harness.write("mstatus", 0);
                harness.write(name, (long) fs << 13);
                assertEquals(fs, harness.hart.floatState);
                assertEquals(fs != 0, harness.hart.floatEnabled());
                assertEquals(fs == 3, harness.hart.floatDirty());
                assertEquals((long) fs << 13 | (fs == 3 ? SD : 0), harness.read("mstatus") & (SD | 3 << 13));
                assertEquals((long) fs << 13 | (fs == 3 ? SD : 0), harness.read("sstatus") & (SD | 3 << 13));
            }
        }
        harness.write("mstatus", 1 << 13);
        harness.hart.dirtyFloat();
        assertEquals(SD | 3 << 13, harness.read("mstatus") & (SD | 3 << 13));
    }

    @Test
    void writingAnyFloatingPointCsrMakesItsStateDirtyAndReadingDoesNot() {
        for (String name : new String[] {"fflags", "frm", "fcsr"}) {
            var harness = new HartHarness();
            harness.write("mstatus", 1 << 13);
            harness.read(name);
            assertEquals(1, harness.hart.floatState);
            harness.write(name, 0);
            assertEquals(Hart.FLOAT_DIRTY, harness.hart.floatState);
        }
    }

    @Test
    void fcsrIsRoundingModeAndFlags() {
        var harness = floatingPointOn();
        harness.write("fcsr", 0xb5);
        assertEquals(5, harness.read("frm"));
        assertEquals(0x15, harness.read("fflags"));
        assertEquals(5, harness.hart.floatStatus.roundingMode);
        assertEquals(0x15, harness.hart.floatStatus.flags);
        harness.write("frm", 0xa);
        assertEquals(0x55, harness.read("fcsr"));
        harness.write("fflags", 0x22);
        assertEquals(0x42, harness.read("fcsr"));
    }

    @Test
    void supervisorStatusLeavesMachineFieldsAlone() {
        var harness = new HartHarness();
        long machine = HartHarness.MIE | HartHarness.MPIE | HartHarness.MPRV | HartHarness.TVM | HartHarness.TW
                | HartHarness.TSR | 1 << HartHarness.MPP_SHIFT;
        harness.write("mstatus", machine);
        assertEquals(0, harness.read("sstatus") & 0xffff_ffffL);
        harness.write("sstatus", HartHarness.SUM | HartHarness.SPP | HartHarness.MXR);
        assertEquals(XL | machine | HartHarness.SUM | HartHarness.SPP | HartHarness.MXR, harness.read("mstatus"));
        harness.write("sstatus", 0);
        assertEquals(XL | machine, harness.read("mstatus"));
    }

    @Test
    void satpTakesSupportedModesOnly() {
        int[] widths = {39, 48, 57};
        for (int width : widths) {
            var harness = new HartHarness(new HartConfig(width, 16, true, true, false));
            for (long mode = 0; mode < 16; mode++) {
                harness.write("satp", 0x123);
                harness.drain();
                long value = mode << 60 | 0xffff_fff0_0000_4567L & (1L << 60) - 1;
                boolean supported = mode == 0 || mode >= 8 && 39 + 9 * (mode - 8) <= width;
                harness.write("satp", value);
                assertEquals(supported ? value : 0x123, harness.read("satp"));
                assertEquals(supported ? "[root 123 %x]".formatted(value) : "[]", harness.drain().toString());
                assertEquals(supported ? value : 0x123, harness.hart.satp());
            }
        }
    }

    @Test
    void satpKeepsAsManyAsidBitsAsThereAre() {
        for (int bits = 0; bits <= 16; bits++) {
            var harness = new HartHarness(new HartConfig(57, bits, true, true, false));
            harness.write("satp", 8L << 60 | 0x0fff_ffff_ffff_ffffL);
            long asid = (1L << bits) - 1;
            assertEquals(8L << 60 | asid << 44 | (1L << 44) - 1, harness.read("satp"));
        }
    }

    @Test
    void reservedCacheBlockInvalidateFieldBecomesZero() {
        for (String name : new String[] {"menvcfg", "senvcfg"}) {
            var harness = new HartHarness();
            for (long field = 0; field < 4; field++) {
                harness.write(name, field << 4 | 0x40);
                assertEquals(field == 2 ? 0x40 : field << 4 | 0x40, harness.read(name));
            }
        }
    }

    @Test
    void hardwareUpdatesOfPageTablesFollowTheModel() {
        long adue = 1L << 61;
        var faulting = new HartHarness(new HartConfig(57, 16, true, false, false));
        faulting.write("menvcfg", -1);
        assertEquals(0, faulting.read("menvcfg") & adue);
        var updating = new HartHarness(new HartConfig(57, 16, false, true, false));
        assertEquals(adue, updating.read("menvcfg"));
        assertEquals(true, updating.hart.updatesAccessedDirty());
    }

    @Test
    void environmentChangesReachTheMonitor() {
        var harness = new HartHarness();
        harness.write("menvcfg", 1L << 61);
        assertEquals("[protection]", harness.drain().toString());
        assertEquals(true, harness.hart.updatesAccessedDirty());
        assertEquals(false, harness.hart.pageMemoryTypes());
        harness.write("menvcfg", 1L << 61 | 0xf1);
        assertEquals("[]", harness.drain().toString());
        harness.write("menvcfg", 1L << 62);
        assertEquals("[protection]", harness.drain().toString());
        assertEquals(false, harness.hart.updatesAccessedDirty());
        assertEquals(true, harness.hart.pageMemoryTypes());
    }

    @Test
    void absurdModelsAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> new HartConfig(32, 16, true, true, false));
        assertThrows(IllegalArgumentException.class, () -> new HartConfig(57, 17, true, true, false));
        assertThrows(IllegalArgumentException.class, () -> new HartConfig(57, -1, true, true, false));
        assertThrows(IllegalArgumentException.class, () -> new HartConfig(57, 16, false, false, false));
    }
}
