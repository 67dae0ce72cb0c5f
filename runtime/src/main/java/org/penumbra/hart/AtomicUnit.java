// SPDX-License-Identifier: Apache-2.0
package org.penumbra.hart;

import org.penumbra.isa.AtomicOp;
import org.penumbra.memory.HostMemory;

/// Performs atomic operations: load-reserved, store-conditional and read-modify-write on guest RAM.
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
    /// @return value of rd
    public static long perform(Hart hart, AtomicOp op, long address, long operand) {
        return perform(hart, op, 0, address, operand, NOBODY);
    }

    /// Performs an operation and notifies `listener` of its store, if any.
    ///
    /// @param gva     guest address, for `listener`
    /// @param address host address, naturally aligned
    /// @param operand value of rs2
    /// @return value of rd
    public static long perform(Hart hart, AtomicOp op, long gva, long address, long operand, StoreListener listener) {
        int size = op.size();
        long old = size == 4 ? HostMemory.getInt(address) : HostMemory.getLong(address);
        if (op.loadReserved()) {
            hart.reserve(address, old);
            return old;
        }
        boolean stores = !op.storeConditional() || hart.release(address, old);
        if (stores) {
            long value = op.combine(old, operand);
            listener.beforeAtomicStore(gva, size, value);
            HostMemory.store(address, size, value);
            listener.storedAtomically(gva, size);
        }
        return op.storeConditional() ? stores ? 0 : 1 : old;
    }
}
