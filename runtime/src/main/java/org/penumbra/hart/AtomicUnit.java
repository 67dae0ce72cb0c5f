// SPDX-License-Identifier: Apache-2.0
package org.penumbra.hart;

import org.penumbra.isa.AtomicOp;
import org.penumbra.isa.Instruction;
import org.penumbra.memory.HostMemory;

/// Performs atomic operations: load-reserved, store-conditional, compare-and-swap and read-modify-write on guest
/// RAM.
///
/// Shared by the interpreter and compiled code. The caller checks alignment and permission.
public final class AtomicUnit {
    /// Notified of stores that have consequences beyond the bytes they change.
    public interface StoreListener {
        /// The low `size` bytes of `value` are about to be stored at `gva`.
        void beforeAtomicStore(long gva, int size, long value);

        /// That store has been done.
        void storedAtomically(long gva, int size);
    }

    private static final StoreListener NOBODY = new Nobody();

    private static final class Nobody implements StoreListener {
        @Override
        public void beforeAtomicStore(long gva, int size, long value) {
        }

        @Override
        public void storedAtomically(long gva, int size) {
        }
    }

    private AtomicUnit() {
    }

    /// Performs an operation whose store has no other consequences.
    ///
    /// @param address host address, naturally aligned
    /// @param operand value of rs2
    /// @param compared value of rd before
    /// @return value of rd
    public static long perform(Hart hart, AtomicOp op, long address, long operand, long compared) {
        return perform(hart, op, 0, address, operand, compared, NOBODY);
    }

    /// Performs an operation and notifies `listener` of its store, if any.
    ///
    /// @param gva     guest address, for `listener`
    /// @param address host address, naturally aligned
    /// @param operand value of rs2
    /// @param compared value of rd before
    /// @return value of rd
    public static long perform(Hart hart, AtomicOp op, long gva, long address, long operand, long compared,
            StoreListener listener) {
        int size = op.size();
        long old = op.extended(HostMemory.load(address, size));
        if (op.loadReserved()) {
            hart.reserve(address, old);
            return old;
        }
        boolean stores = op.comparing() ? old == op.extended(compared)
                : !op.storeConditional() || hart.release(address, old);
        if (stores) {
            store(gva, address, size, op.combine(old, operand), listener);
        }
        return op.storeConditional() ? stores ? 0 : 1 : old;
    }

    /// Performs an operation whose store has no other consequences, while other harts access memory as well.
    ///
    /// @param address host address, naturally aligned
    /// @param operand value of rs2
    /// @param compared value of rd before
    /// @return value of rd
    public static long performShared(Hart hart, AtomicOp op, long address, long operand, long compared) {
        return performShared(hart, op, 0, address, operand, compared, NOBODY);
    }

    /// Performs an operation atomically for all harts and notifies `listener` of its store, if any.
    ///
    /// The host's compare-and-set is a full fence, which is more than `aq` and `rl` together ask for; of a
    /// load-reserved, `rl` needs a fence, and `aq` is what any load is here.
    ///
    /// A store-conditional succeeds if the word still has the value that its load-reserved read, even if another hart
    /// has changed it and changed it back in between (ABA), where the manual (A extension, "Eventual success of
    /// store-conditional instructions") wants it to fail. A *constrained* sequence cannot tell: it accesses no memory
    /// between the two, so nothing is ordered behind the load-reserved and before the store-conditional, which
    /// follows at once if the former is taken to have read the word after it was changed back. That value is the same,
    /// and accesses before the pair stay before it. Compilers make their atomic operations of such sequences, Linux
    /// its own. A sequence that does load or store in between is not promised to end by the manual, and can tell: one
    /// that takes the first node off a list by reading its successor there loses nodes that others have taken away and
    /// put back. To exclude that, plain stores would have to look for reservations, or each store-conditional and
    /// atomic operation take a lock to compare a version. Programs made for compare-and-swap count versions themselves.
    /// While harts take turns, a reservation ends with the turn, and there is no such case.
    ///
    /// @param gva     guest address, for `listener`
    /// @param address host address, naturally aligned
    /// @param operand value of rs2
    /// @param compared value of rd before
    /// @return value of rd
    public static long performShared(Hart hart, AtomicOp op, long gva, long address, long operand, long compared,
            StoreListener listener) {
        int size = op.size();
        if (op.loadReserved()) {
            HostMemory.fullFence();
            long value = op.extended(HostMemory.load(address, size));
            HostMemory.loadFence();
            hart.reserve(address, value);
            return value;
        }
        if (op.storeConditional()) {
            boolean stores = hart.release(address, hart.reservedValue)
                    && replace(gva, address, size, hart.reservedValue, operand, listener);
            return stores ? 0 : 1;
        }
        while (true) {
            long old = op.extended(HostMemory.load(address, size));
            long value = op.comparing() && old != op.extended(compared) ? old : op.combine(old, operand);
            // One that compares and finds another value stores what is there: it has to be a fence all the same.
            if (replace(gva, address, size, old, value, listener)) {
                return old;
            }
        }
    }

    private static boolean replace(long gva, long address, int size, long old, long value, StoreListener listener) {
        listener.beforeAtomicStore(gva, size, value);
        boolean stored = HostMemory.compareAndSet(address, size, old, value);
        listener.storedAtomically(gva, size);
        return stored;
    }

    private static void store(long gva, long address, int size, long value, StoreListener listener) {
        listener.beforeAtomicStore(gva, size, value);
        HostMemory.store(address, size, value);
        listener.storedAtomically(gva, size);
    }

    /// Performs `amocas.q`, which leaves its result in the hart's registers. A pair that begins with x0 is 0, and
    /// nothing is written to it.
    ///
    /// @param gva     guest address, for `listener`
    /// @param address host address, naturally aligned
    public static void performPaired(Hart hart, Instruction i, long gva, long address, StoreListener listener) {
        long[] x = hart.registers;
        long low = HostMemory.getLong(address);
        long high = HostMemory.getLong(address + Long.BYTES);
        if (low == x[i.rd()] && high == second(x, i.rd())) {
            long newHigh = second(x, i.rs2());
            store(gva, address, Long.BYTES, x[i.rs2()], listener);
            store(gva + Long.BYTES, address + Long.BYTES, Long.BYTES, newHigh, listener);
        }
        if (i.rd() != 0) {
            x[i.rd()] = low;
            x[i.rd() + 1] = high;
        }
    }

    private static long second(long[] x, int register) {
        return register == 0 ? 0 : x[register + 1];
    }
}
