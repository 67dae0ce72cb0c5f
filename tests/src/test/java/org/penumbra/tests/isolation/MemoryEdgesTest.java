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

/// Machine mode at the edges of RAM and of the address space: accesses of all widths, from 16 bytes before each edge to 16
/// bytes behind it, reach RAM or the empty bus below it, or trap and reach nothing.
@Timeout(600)
final class MemoryEdgesTest {
    private static final int AROUND = 16;
    private static final long[] EDGES = {EdgeGuest.RAM, EdgeGuest.END, 0, 1L << 32, EdgeGuest.RAM + (1L << 32), 1L << 56,
        EdgeGuest.RAM + (1L << 56), 1L << 63, EdgeGuest.RAM | 1L << 63};
    /// Causes of access faults and misaligned addresses, of loads and of stores.
    private static final int LOAD_FAULT = 5, STORE_FAULT = 7, LOAD_MISALIGNED = 4, STORE_MISALIGNED = 6;

    private static List<Operation> operations() {
        List<Operation> operations = new ArrayList<>(List.of(LoadOp.values()));
        operations.addAll(List.of(StoreOp.values()));
        operations.addAll(List.of(AtomicOp.LR_W, AtomicOp.LR_D, AtomicOp.SC_W, AtomicOp.SC_D, AtomicOp.AMOADD_W, AtomicOp.AMOSWAP_D,
                SystemOp.CBO_ZERO, SystemOp.CBO_CLEAN));
        return operations;
    }

    @ParameterizedTest
    @MethodSource(EdgeGuest.WAYS)
    void everyAccessReachesRamOrTrapsAndReachesNothing(Way way) {
        check(way, operations(), 1);
    }

    @ParameterizedTest
    @MethodSource(EdgeGuest.COMPILED_WAYS)
    void everyAccessOfCompiledCodeReachesRamOrTrapsAndReachesNothing(Way way) {
        check(way, List.of(LoadOp.LD, StoreOp.SD, StoreOp.SH, AtomicOp.AMOSWAP_D), 10);
    }

    private static void check(Way way, List<Operation> operations, int repetitions) {
        var guest = new EdgeGuest();
        for (Operation operation : operations) {
            for (long edge : EDGES) {
                for (int i = -AROUND; i <= AROUND; i++) {
                    guest.add(new Access(0, EdgeGuest.MACHINE, edge + i, operation));
                }
            }
        }
        Run run = guest.run(way, repetitions);
        var memory = new EdgeMemory();
        for (int repetition = 0; repetition < repetitions; repetition++) {
            for (int i = 0; i < guest.accesses().size(); i++) {
                check(guest.accesses().get(i), run.results().get(i), memory, repetition == repetitions - 1);
            }
        }
        memory.assertHolds(run, EdgeGuest.RAM, 0x1000);
        memory.assertHolds(run, EdgeGuest.DATA, EdgeGuest.END - EdgeGuest.DATA);
    }

    /// Does an access to the model of memory; compares what came of it where that is `known`.
    private static void check(Access access, Result result, EdgeMemory memory, boolean known) {
        long address = access.address();
        int size = EdgeMemory.size(access.op());
        long first = access.op() instanceof SystemOp ? address & -64 : address;
        boolean inside = EdgeMemory.answers(access.op(), first);
        boolean writes = EdgeMemory.writes(access.op());
        boolean atomic = access.op() instanceof AtomicOp;
        String text = access.op() + " at " + Long.toHexString(address) + ": " + result;
        if (atomic && address % size != 0) {
            assertTrue(!known || result.cause() == (writes ? STORE_MISALIGNED : LOAD_MISALIGNED) && result.value() == address, text);
        } else if (access.op() == AtomicOp.SC_W || access.op() == AtomicOp.SC_D) {
            // There is no reservation here, so it fails, whether or not there is memory.
            boolean failed = result.cause() == EdgeGuest.NO_TRAP && result.read() == 1;
            boolean faulted = result.cause() == STORE_FAULT && result.value() == address;
            assertTrue(!known || failed || faulted && !inside, text);
        } else if (!inside) {
            assertTrue(!known || result.cause() == (writes ? STORE_FAULT : LOAD_FAULT) && result.value() - address >= 0
                    && result.value() - address < size, text);
        } else {
            long read = memory.access(access.op(), first, EdgeGuest.VALUE);
            if (known) {
                assertEquals(new Result(EdgeGuest.NO_TRAP, 0, read), result, text);
            }
        }
    }
}
