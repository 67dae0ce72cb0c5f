// SPDX-License-Identifier: Apache-2.0
package org.penumbra.tests.isolation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.penumbra.isa.AtomicOp;
import org.penumbra.isa.LoadOp;
import org.penumbra.isa.Operation;
import org.penumbra.isa.StoreOp;
import org.penumbra.isa.SystemOp;
import org.penumbra.tests.isolation.EdgeGuest.Run;

/// What the RAM of an [EdgeGuest] should hold.
final class EdgeMemory {
    /// Behind the registers of the bus's host bridge.
    private static final long UNUSED = 0x3000_0100L;

    private final ByteBuffer bytes = ByteBuffer.allocate(EdgeGuest.MEMORY).order(ByteOrder.LITTLE_ENDIAN);

    EdgeMemory() {
        store(EdgeGuest.RAM, 4, EdgeGuest.FIRST_INSTRUCTION);
        for (long gpa = EdgeGuest.DATA; gpa < EdgeGuest.END; gpa += 8) {
            store(gpa, 8, EdgeGuest.pattern(gpa));
        }
    }

    static boolean contains(long gpa, int size) {
        return Long.compareUnsigned(gpa - EdgeGuest.RAM, EdgeGuest.MEMORY - size) <= 0;
    }

    /// Whether a load or store is answered without there being memory: below RAM lies the window of the PCI Express bus, which
    /// has no devices. Such loads read all ones, as on QEMU's board.
    static boolean isUnused(Operation op, long gpa) {
        return (op instanceof LoadOp || op instanceof StoreOp) && gpa % size(op) == 0 && gpa >= UNUSED && gpa < EdgeGuest.RAM;
    }

    /// Whether an access is neither refused nor, but for its alignment, a fault.
    static boolean answers(Operation op, long gpa) {
        return contains(gpa, size(op)) || isUnused(op, gpa);
    }

    static int size(Operation op) {
        return switch (op) {
            case LoadOp load -> load.size();
            case StoreOp store -> store.size();
            case AtomicOp atomic -> atomic.size();
            default -> 64;
        };
    }

    /// Whether its faults are those of a store.
    static boolean writes(Operation op) {
        return !(op instanceof LoadOp) && op != AtomicOp.LR_W && op != AtomicOp.LR_D;
    }

    /// Does an access that is allowed.
    /// @return what the register holds afterwards
    long access(Operation op, long gpa, long value) {
        if (isUnused(op, gpa)) {
            return op instanceof LoadOp load ? load.extend(-1L >>> 64 - 8 * load.size()) : 0;
        }
        switch (op) {
            case LoadOp load -> {
                return load.extend(load(gpa, load.size()));
            }
            case StoreOp store -> store(gpa, store.size(), value);
            case AtomicOp atomic -> {
                long old = load(gpa, atomic.size());
                long read = atomic.size() == 4 ? (int) old : old;
                if (writes(op)) {
                    store(gpa, atomic.size(), atomic.combine(read, value));
                }
                return read;
            }
            default -> {
                for (int i = 0; i < 64 && op == SystemOp.CBO_ZERO; i += 8) {
                    store(gpa + i, 8, 0);
                }
            }
        }
        return 0;
    }

    /// Does a load or store whose first bytes lie at one place and the others at another.
    long crossing(Operation op, long low, int lowSize, long high, long value) {
        int highSize = size(op) - lowSize;
        if (op instanceof LoadOp load) {
            return load.extend(load(low, lowSize) | load(high, highSize) << 8 * lowSize);
        }
        store(low, lowSize, value);
        store(high, highSize, value >>> 8 * lowSize);
        return 0;
    }

    long load(long gpa, int size) {
        long value = 0;
        for (int i = 0; i < size; i++) {
            value |= (bytes.get((int) (gpa + i - EdgeGuest.RAM)) & 0xffL) << 8 * i;
        }
        return value;
    }

    void store(long gpa, int size, long value) {
        for (int i = 0; i < size; i++) {
            bytes.put((int) (gpa + i - EdgeGuest.RAM), (byte) (value >>> 8 * i));
        }
    }

    /// Compares a range with what a run left.
    void assertHolds(Run run, long gpa, long length) {
        int from = (int) (gpa - EdgeGuest.RAM);
        int differs = java.util.Arrays.mismatch(bytes.array(), from, from + (int) length, run.memory(), from, from + (int) length);
        assertEquals(-1, differs, () -> "RAM differs at " + Long.toHexString(gpa + differs));
    }
}
