// SPDX-License-Identifier: Apache-2.0
package org.penumbra.tests.isolation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.penumbra.isa.AtomicOp;
import org.penumbra.isa.LoadOp;
import org.penumbra.isa.Operation;
import org.penumbra.isa.StoreOp;
import org.penumbra.isa.SystemOp;
import org.penumbra.tests.isolation.EdgeGuest.Access;
import org.penumbra.tests.isolation.EdgeGuest.Result;
import org.penumbra.tests.isolation.EdgeGuest.Run;
import org.penumbra.tests.isolation.EdgeGuest.Way;

/// Page tables that lead out of RAM, or lie outside it: each access, fetches included, reaches RAM or traps as it must.
///
/// What to expect comes from a walk of its own.
@Timeout(600)
final class TranslatedEdgesTest {
    private static final long ROOT = EdgeGuest.TABLES, MIDDLE = ROOT + 0x1000, LOW = ROOT + 0x2000, SV48 = ROOT + 0x3000,
            SV57 = ROOT + 0x4000;
    private static final long LAST = EdgeGuest.END - 4096;
    private static final long HIGHEST = (1L << 56) - 4096;
    private static final long UART = 0x1000_0000L, NOTHING = 0x0900_0000L;
    private static final long LEAF = 0xcf, POINTER = 1, NAPOT = 1L << 63;
    /// Frames of consecutive pages from 0 on.
    private static final long[] FRAMES = {LAST, EdgeGuest.END, LAST, EdgeGuest.DATA, EdgeGuest.RAM - 4096, NOTHING, HIGHEST,
        EdgeGuest.DATA, EdgeGuest.RAM + (1L << 32), EdgeGuest.RAM + (1L << 55), EdgeGuest.DATA + 4096, 1L << 55, LAST};
    private static final int NAPOT_PAGES = 16;

    @ParameterizedTest
    @MethodSource(EdgeGuest.WAYS)
    void everyAccessReachesRamOrTraps(Way way) {
        check(way, List.of(LoadOp.LD, LoadOp.LBU, LoadOp.FLD, StoreOp.SD, StoreOp.SW, StoreOp.FSD, AtomicOp.AMOADD_D, AtomicOp.LR_D,
                SystemOp.CBO_ZERO), true, 1);
    }

    @ParameterizedTest
    @MethodSource(EdgeGuest.COMPILED_WAYS)
    void everyAccessOfCompiledCodeReachesRamOrTraps(Way way) {
        check(way, List.of(LoadOp.LD, StoreOp.SD), false, 10);
    }

    private void check(Way way, List<Operation> operations, boolean fetches, int repetitions) {
        var guest = new EdgeGuest();
        var memory = new EdgeMemory();
        tables(guest, memory);
        var setup = new StringBuilder(EdgeGuest.OPEN_ALL);
        for (long[] place : new long[][] {{LAST + 4088, entry(EdgeGuest.DATA + 0x2000, 0xf)}, {LAST + 4080, 0x0073L << 48}}) {
            setup.append("li t0, %d\nli t1, %d\nsd t1, 0(t0)\n".formatted(place[0], place[1]));
            memory.store(place[0], 8, place[1]);
        }
        guest.setup(setup.toString());
        for (long[] place : places()) {
            for (Operation operation : operations) {
                if (!(operation instanceof AtomicOp) || place[1] % 8 == 0) {
                    guest.add(new Access(place[0], EdgeGuest.SUPERVISOR, place[1], operation));
                }
            }
            if (fetches && cause(memory, place[0], place[1] & -2, 2, 1) != 0) {
                guest.add(new Access(place[0], EdgeGuest.SUPERVISOR, place[1] & -2, null));
            }
        }
        Run run = guest.run(way, repetitions);
        int faults = 0;
        for (int repetition = 0; repetition < repetitions; repetition++) {
            for (int i = 0; i < guest.accesses().size(); i++) {
                Result result = check(guest.accesses().get(i), run.results().get(i), memory, repetition == repetitions - 1);
                faults += result.cause() == EdgeGuest.NO_TRAP ? 0 : 1;
            }
        }
        assertTrue(faults > 100 && faults < repetitions * guest.accesses().size() - 100, "faults: " + faults);
        // But for the A and D bits of the entry in the last page.
        memory.store(LAST + 4088, 8, run.longAt(LAST + 4088));
        memory.assertHolds(run, EdgeGuest.DATA, EdgeGuest.END - EdgeGuest.DATA);
    }

    private static void tables(EdgeGuest guest, EdgeMemory memory) {
        List<long[]> entries = new ArrayList<>();
        for (int i = 0; i < FRAMES.length; i++) {
            entries.add(new long[] {LOW + 8 * i, entry(FRAMES[i], LEAF)});
        }
        for (int i = 0; i < NAPOT_PAGES; i++) {
            entries.add(new long[] {LOW + 8 * (16 + i), entry(LAST + 0x8000, LEAF) | NAPOT});
        }
        long[] middle = {entry(LOW, POINTER), entry(LAST, LEAF), entry(HIGHEST & -(1 << 21), LEAF), entry(EdgeGuest.END, POINTER),
            entry(HIGHEST, POINTER), entry(UART, POINTER), entry(0x1000, POINTER), entry(LAST, POINTER), entry(EdgeGuest.RAM - 4096, POINTER)};
        for (int i = 0; i < middle.length; i++) {
            entries.add(new long[] {MIDDLE + 8 * i, middle[i]});
        }
        entries.add(new long[] {ROOT, entry(MIDDLE, POINTER)});
        entries.add(new long[] {ROOT + 8, entry(EdgeGuest.RAM, LEAF)});
        entries.add(new long[] {ROOT + 16, entry(0, LEAF)});
        entries.add(new long[] {ROOT + 24, entry(HIGHEST & -(1 << 30), LEAF)});
        entries.add(new long[] {ROOT + 32, entry(EdgeGuest.END, POINTER)});
        entries.add(new long[] {ROOT + 8 * 511, entry(EdgeGuest.RAM, LEAF)});
        entries.add(new long[] {SV48, entry(0, LEAF)});
        entries.add(new long[] {SV48 + 8, entry(HIGHEST & -(1L << 39), LEAF)});
        entries.add(new long[] {SV57, entry(SV48, POINTER)});
        entries.add(new long[] {SV57 + 8, entry(0, LEAF)});
        entries.add(new long[] {SV57 + 16, entry(HIGHEST & -(1L << 48), LEAF)});
        for (long[] entry : entries) {
            guest.put(entry[0], entry[1]);
            memory.store(entry[0], 8, entry[1]);
        }
    }

    private static long entry(long address, long bits) {
        return address >>> 12 << 10 | bits;
    }

    /// Roots and addresses.
    private static List<long[]> places() {
        List<long[]> places = new ArrayList<>();
        long sv39 = satp(8, ROOT);
        for (int page = 0; page < 16 + NAPOT_PAGES + 1; page++) {
            for (int offset : new int[] {0, 8, 4032, 4088, 4092, 4094, 4095}) {
                places.add(new long[] {sv39, 4096L * page + offset});
            }
        }
        for (int table = 1; table <= 9; table++) {
            for (int offset : new int[] {0, 4088, 4092, 4096, 0x10_0000, 0x1f_f000, 0x1f_fff8}) {
                places.add(new long[] {sv39, ((long) table << 21) + offset});
            }
        }
        for (long gigapage : new long[] {1L << 30, 2L << 30, 3L << 30, 4L << 30, -1L << 30}) {
            for (long offset : new long[] {EdgeGuest.MEMORY, NOTHING, (1 << 30) - 64}) {
                around(places, sv39, gigapage + offset);
            }
        }
        long sv48 = satp(9, SV48);
        long sv57 = satp(10, SV57);
        for (long offset : new long[] {EdgeGuest.RAM, EdgeGuest.END}) {
            around(places, sv48, offset);
            around(places, sv48, (1L << 39) + offset);
            around(places, sv57, offset);
            around(places, sv57, (1L << 48) + offset);
            around(places, sv57, (2L << 48) + offset);
        }
        for (long root : new long[] {EdgeGuest.END, EdgeGuest.RAM - 4096, HIGHEST, UART, 1L << 55}) {
            for (int mode = 8; mode <= 10; mode++) {
                places.add(new long[] {satp(mode, root), 0});
                places.add(new long[] {satp(mode, root), 0x7fff_f000L});
            }
        }
        return places;
    }

    private static void around(List<long[]> places, long satp, long address) {
        for (int distance : new int[] {-64, -8, -4, 0, 8}) {
            places.add(new long[] {satp, address + distance});
        }
    }

    private static long satp(int mode, long root) {
        return (long) mode << 60 | root >>> 12;
    }

    // ---- what to expect

    private static Result check(Access access, Result result, EdgeMemory memory, boolean known) {
        String text = access.op() + " at " + Long.toHexString(access.address()) + ", satp " + Long.toHexString(access.satp()) + ": " + result;
        if (access.op() == null) {
            long cause = cause(memory, access.satp(), access.address(), 2, 1);
            assertTrue(!known || result.cause() == cause && result.value() - access.address() >= 0
                    && result.value() - access.address() < 4, text);
            return result;
        }
        int size = EdgeMemory.size(access.op());
        boolean writes = EdgeMemory.writes(access.op());
        long first = access.op() instanceof SystemOp ? access.address() & -64 : access.address();
        int here = (int) Math.min(size, 4096 - (first & 4095));
        int fault = writes ? 7 : 5;
        long low = here == size && EdgeMemory.isUnused(access.op(), walk(memory, access.satp(), first)) ? 0
                : cause(memory, access.satp(), first, here, fault);
        long high = here == size ? 0 : cause(memory, access.satp(), first + here, size - here, fault);
        if (low != 0 || high != 0) {
            assertTrue(!known || (result.cause() == low || result.cause() == high) && result.cause() > 0
                    && result.value() - access.address() >= 0 && result.value() - access.address() < size, text);
            return new Result(1, 0, 0);
        }
        long gpa = walk(memory, access.satp(), first);
        long read = here == size ? memory.access(access.op(), gpa, EdgeGuest.VALUE)
                : memory.crossing(access.op(), gpa, here, walk(memory, access.satp(), first + here), EdgeGuest.VALUE);
        var expected = new Result(EdgeGuest.NO_TRAP, 0, read);
        if (known) {
            assertEquals(expected, result, text);
        }
        return expected;
    }

    /// Cause of the trap of an access within one page, or 0.
    private static long cause(EdgeMemory memory, long satp, long gva, int size, int accessFault) {
        long gpa = walk(memory, satp, gva);
        if (gpa == PAGE_FAULT) {
            return accessFault == 1 ? 12 : accessFault + 8;
        }
        return gpa == ACCESS_FAULT || !EdgeMemory.contains(gpa, size) ? accessFault : 0;
    }

    private static final long PAGE_FAULT = -1, ACCESS_FAULT = -2;

    private static long walk(EdgeMemory memory, long satp, long gva) {
        int levels = (int) (satp >>> 60) - 5;
        int unused = 64 - 12 - 9 * levels;
        if (gva << unused >> unused != gva) {
            return PAGE_FAULT;
        }
        long table = (satp & (1L << 44) - 1) << 12;
        for (int level = levels - 1; level >= 0; level--) {
            long at = table + (gva >>> 12 + 9 * level & 511) * 8;
            if (!EdgeMemory.contains(at, 8)) {
                return ACCESS_FAULT;
            }
            long entry = memory.load(at, 8);
            long frame = (entry >>> 10 & (1L << 44) - 1) << 12;
            long span = entry < 0 ? 1 << 16 : 1L << 12 + 9 * level;
            boolean leaf = (entry & 0xe) != 0;
            if ((entry & 1) == 0 || (entry & 6) == 4 || (entry << 1 >>> 55) != 0 || !leaf && (entry & 0xd0) != 0) {
                return PAGE_FAULT;
            }
            if (leaf) {
                boolean aligned = entry < 0 ? level == 0 && (entry >>> 10 & 15) == 8 : (frame & span - 1) == 0;
                return aligned && (entry & 0x10) == 0 ? frame & -span | gva & span - 1 : PAGE_FAULT;
            }
            table = frame;
        }
        return PAGE_FAULT;
    }
}
