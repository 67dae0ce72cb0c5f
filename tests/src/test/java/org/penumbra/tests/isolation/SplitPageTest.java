// SPDX-License-Identifier: Apache-2.0
package org.penumbra.tests.isolation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

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

/// Entries of physical memory protection that begin or end within a page: accesses of all widths and fetches around each end,
/// in all modes.
@Timeout(600)
final class SplitPageTest {
    private static final int READ = 1, WRITE = 2, EXECUTE = 4, LOCKED = 0x80;
    private static final long PAGE = EdgeGuest.DATA, CODE = EdgeGuest.DATA + 0x4000;

    /// An entry: NA4 or NAPOT by its size.
    private record Entry(long base, long size, int permissions) {
        boolean meets(long gpa, int length) {
            return gpa < base + size && base < gpa + length;
        }

        boolean covers(long gpa, int length) {
            return base <= gpa && gpa + length <= base + size;
        }
    }

    /// In order of priority; the last one allows the rest. Locked ones bind machine mode too.
    private static final List<Entry> ENTRIES = List.of(
            new Entry(PAGE + 0x100, 4, READ),
            new Entry(PAGE + 0x200, 8, 0),
            new Entry(PAGE + 0x300, 8, READ | WRITE | LOCKED),
            new Entry(PAGE + 0x304, 4, READ),
            new Entry(PAGE + 0x400, 0x40, READ | LOCKED),
            new Entry(PAGE + 0xff8, 8, READ),
            new Entry(PAGE + 0x1000, 4, READ | WRITE),
            new Entry(PAGE + 0x1000, 0x800, READ),
            new Entry(PAGE + 0x2000, 0x1000, EXECUTE),
            new Entry(CODE + 0x20, 4, READ | EXECUTE),
            new Entry(CODE + 0x20, 0x20, READ),
            new Entry(CODE + 0x800, 8, LOCKED),
            new Entry(CODE + 0xffc, 4, READ),
            new Entry(CODE + 0x1000, 0x40, READ | EXECUTE | LOCKED),
            new Entry(CODE + 0x2000, 4, 0),
            new Entry(0, 1L << 57, READ | WRITE | EXECUTE));

    @ParameterizedTest
    @MethodSource(EdgeGuest.WAYS)
    void everyAccessIsJudgedByItsBytes(Way way) {
        check(way, List.of(LoadOp.LB, LoadOp.LHU, LoadOp.LW, LoadOp.LD, LoadOp.FLW, LoadOp.FLD, StoreOp.SB, StoreOp.SH, StoreOp.SW,
                StoreOp.SD, StoreOp.FSD, AtomicOp.AMOOR_W, AtomicOp.AMOADD_D, AtomicOp.LR_D, SystemOp.CBO_ZERO, SystemOp.CBO_CLEAN), 1);
    }

    @ParameterizedTest
    @MethodSource(EdgeGuest.COMPILED_WAYS)
    void everyAccessOfCompiledCodeIsJudgedByItsBytes(Way way) {
        check(way, List.of(LoadOp.LD, LoadOp.LHU, StoreOp.SW), 2);
    }

    private static void check(Way way, List<Operation> operations, int repetitions) {
        var guest = new EdgeGuest();
        var memory = new EdgeMemory();
        // Calls at every word of two pages, and in the third such ones as begin two bytes before a multiple of eight.
        for (long gpa = CODE; gpa < CODE + 0x3000; gpa += 8) {
            long calls = gpa < CODE + 0x2000 ? 0x0000_0073_0000_0073L : 0x0073_0000_0000_0000L;
            guest.put(gpa, calls);
            memory.store(gpa, 8, calls);
        }
        guest.setup(protect());
        for (int mode : new int[] {EdgeGuest.USER, EdgeGuest.SUPERVISOR, EdgeGuest.MACHINE}) {
            for (Entry entry : ENTRIES.subList(0, ENTRIES.size() - 1)) {
                for (long end : new long[] {entry.base, entry.base + entry.size}) {
                    around(guest, mode, end, operations);
                }
            }
        }
        Run run = guest.run(way, repetitions);
        int faults = 0;
        for (int repetition = 0; repetition < repetitions; repetition++) {
            for (int i = 0; i < guest.accesses().size(); i++) {
                Access access = guest.accesses().get(i);
                Result expected = expected(access, memory);
                faults += expected.cause() == EdgeGuest.NO_TRAP ? 0 : 1;
                if (repetition == repetitions - 1) {
                    Result result = run.results().get(i);
                    // What a misaligned access names may be any of its bytes that may not be accessed, or the first.
                    boolean near = result.value() - access.address() >= 0 && result.value() - access.address() < 8;
                    var compared = expected.cause() == 5 || expected.cause() == 7
                            ? new Result(result.cause(), near ? expected.value() : result.value(), 0) : result;
                    assertEquals(expected, compared, access.op() + " in mode " + access.mode() + " at " + Long.toHexString(access.address()));
                }
            }
        }
        assertTrue(faults > 100 && faults < repetitions * guest.accesses().size() - 100, "faults: " + faults);
        memory.assertHolds(run, EdgeGuest.DATA, EdgeGuest.END - EdgeGuest.DATA);
    }

    private static void around(EdgeGuest guest, int mode, long end, List<Operation> operations) {
        for (Operation operation : operations) {
            for (int i = -9; i <= 9; i++) {
                long address = end + i;
                if (end < CODE && (!(operation instanceof AtomicOp) || address % EdgeMemory.size(operation) == 0)) {
                    guest.add(new Access(0, mode, address, operation));
                }
            }
        }
        for (int i = -12; i <= 12; i += 2) {
            long address = end + i;
            if (end >= CODE && address >= CODE && (address < CODE + 0x2000 ? address % 4 == 0 : address % 8 == 6)) {
                guest.add(new Access(0, mode, address, null));
            }
        }
    }

    private static String protect() {
        var text = new StringBuilder();
        long[] configurations = new long[2];
        for (int i = 0; i < ENTRIES.size(); i++) {
            Entry entry = ENTRIES.get(i);
            long mode = entry.size == 4 ? 2 : 3;
            text.append("li t0, %d\ncsrw pmpaddr%d, t0\n"
                    .formatted((entry.base | (entry.size == 4 ? 0 : (entry.size >>> 1) - 1)) >>> 2, i));
            configurations[i / 8] |= (entry.permissions | mode << 3) << 8 * (i % 8);
        }
        for (int i = 0; i < 2; i++) {
            text.append("li t0, %s\ncsrw pmpcfg%d, t0\n".formatted(Long.toUnsignedString(configurations[i]), 2 * i));
        }
        return text.toString();
    }

    private static Result expected(Access access, EdgeMemory memory) {
        long address = access.address();
        if (access.op() == null) {
            for (long half = address; half <= address + 2; half += 2) {
                if (!allowed(half, 2, access.mode(), EXECUTE)) {
                    return new Result(1, half, 0);
                }
            }
            return new Result(8 + access.mode(), 0, 0);
        }
        int size = EdgeMemory.size(access.op());
        boolean writes = EdgeMemory.writes(access.op());
        long first = access.op() instanceof SystemOp ? address & -64 : address;
        int here = (int) Math.min(size, 4096 - (first & 4095));
        // A block may be cleaned where it may be loaded, but faults are those of stores.
        int wanted = writes && access.op() != SystemOp.CBO_CLEAN ? WRITE : READ;
        if (!allowed(first, here, access.mode(), wanted)
                || here < size && !allowed(first + here, size - here, access.mode(), wanted)) {
            return new Result(writes ? 7 : 5, address, 0);
        }
        return new Result(EdgeGuest.NO_TRAP, 0, memory.access(access.op(), first, EdgeGuest.VALUE));
    }

    private static boolean allowed(long gpa, int length, int mode, int wanted) {
        for (Entry entry : ENTRIES) {
            if (entry.meets(gpa, length)) {
                boolean binds = mode != EdgeGuest.MACHINE || (entry.permissions & LOCKED) != 0;
                return entry.covers(gpa, length) && (!binds || (entry.permissions & wanted) != 0);
            }
        }
        return mode == EdgeGuest.MACHINE;
    }
}
