// SPDX-License-Identifier: Apache-2.0
package org.penumbra.hart;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.penumbra.isa.AtomicOp;
import org.penumbra.memory.HostMemory;
import org.penumbra.memory.SparseRegion;

/// The protocol of reservations, and what is stored when and told to whom.
final class AtomicUnitTest {
    private static final long GVA = 0x1000;

    private final Hart hart = new HartHarness().hart;
    private final SparseRegion region = new SparseRegion(4096);
    private final long address = region.address();
    private final List<String> told = new ArrayList<>();
    private final AtomicUnit.StoreListener listener = new AtomicUnit.StoreListener() {
        @Override
        public void beforeAtomicStore(long gva, int size, long value) {
            told.add("before %x %d %x, holds %x".formatted(gva, size, value, HostMemory.getLong(address)));
        }

        @Override
        public void storedAtomically(long gva, int size) {
            told.add("stored %x %d, holds %x".formatted(gva, size, HostMemory.getLong(address)));
        }
    };

    @AfterEach
    void free() {
        region.close();
    }

    private long perform(AtomicOp op, long operand) {
        return AtomicUnit.perform(hart, op, GVA, address, operand, 0, listener);
    }

    @Test
    void conditionalStoreSucceedsOnceAfterItsReservation() {
        HostMemory.putLong(address, 5);
        assertEquals(5, perform(AtomicOp.LR_D, 0));
        assertEquals(0, perform(AtomicOp.SC_D, 6));
        assertEquals(6, HostMemory.getLong(address));
        assertEquals(1, perform(AtomicOp.SC_D, 7));
        assertEquals(6, HostMemory.getLong(address));
        assertEquals(List.of("before 1000 8 6, holds 5", "stored 1000 8, holds 6"), told);
    }

    @Test
    void conditionalStoreFailsWhereTheValueHasChanged() {
        HostMemory.putLong(address, 5);
        perform(AtomicOp.LR_W, 0);
        HostMemory.putInt(address, 4);
        assertEquals(1, perform(AtomicOp.SC_W, 6));
        assertEquals(4, HostMemory.getLong(address));
        assertEquals(List.of(), told);
    }

    @Test
    void conditionalStoreElsewhereFailsAndGivesTheReservationUp() {
        HostMemory.putLong(address, 5);
        HostMemory.putLong(address + 8, 5);
        perform(AtomicOp.LR_D, 0);
        assertEquals(1, AtomicUnit.perform(hart, AtomicOp.SC_D, address + 8, 6, 0));
        assertEquals(5, HostMemory.getLong(address + 8));
        assertEquals(1, perform(AtomicOp.SC_D, 6));
    }

    @Test
    void wordsAreSignExtendedAndLeaveTheirNeighboursAlone() {
        HostMemory.putLong(address, 0x1111_1111_8000_0000L);
        assertEquals(0xffff_ffff_8000_0000L, perform(AtomicOp.AMOADD_W, 3));
        assertEquals(0x1111_1111_8000_0003L, HostMemory.getLong(address));
        assertEquals(List.of("before 1000 4 ffffffff80000003, holds 1111111180000000",
                "stored 1000 4, holds 1111111180000003"), told);
    }

    @Test
    void operationWithoutListenerDoesTheSame() {
        HostMemory.putLong(address, 9);
        assertEquals(9, AtomicUnit.perform(hart, AtomicOp.AMOSWAP_D, address, 4, 0));
        assertEquals(4, HostMemory.getLong(address));
    }
}
