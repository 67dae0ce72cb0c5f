// SPDX-License-Identifier: Apache-2.0
package org.penumbra.snapshot;

/// Writes a snapshot or reads one. Each part of a machine lists its fields once, in one method for both directions: `x
/// = state.number(x)` writes `x` when a snapshot is taken, and returns the saved value when one is restored.
public abstract class State {
    /// Whether a snapshot is being restored, not taken.
    public abstract boolean restores();

    /// A field of 64 bits.
    public abstract long number(long value);

    /// A field of any length; the returned array may be a different one.
    public abstract byte[] block(byte[] value);

    /// Marks the beginning of a part.
    ///
    /// @throws StateException if another part follows: the snapshot belongs to another machine
    public abstract void part(String name);

    public final int number(int value) {
        return (int) number((long) value);
    }

    public final boolean flag(boolean value) {
        return number(value ? 1L : 0) != 0;
    }

    public final void numbers(long[] values) {
        for (int i = 0; i < values.length; i++) {
            values[i] = number(values[i]);
        }
    }

    public final void numbers(int[] values) {
        for (int i = 0; i < values.length; i++) {
            values[i] = number(values[i]);
        }
    }

    /// The first `count` numbers of an array.
    public final void numbers(long[] values, int count) {
        for (int i = 0; i < count; i++) {
            values[i] = number(values[i]);
        }
    }

    /// The first `count` numbers of an array.
    public final void numbers(int[] values, int count) {
        for (int i = 0; i < count; i++) {
            values[i] = number(values[i]);
        }
    }

    /// An array of any length, as a new one.
    public final long[] array(long[] values) {
        long[] all = java.util.Arrays.copyOf(values, number(values.length));
        numbers(all);
        return all;
    }

    public final void flags(boolean[] values) {
        for (int i = 0; i < values.length; i++) {
            values[i] = flag(values[i]);
        }
    }

    /// The content of an array that keeps its length.
    ///
    /// @throws StateException if the saved length differs
    public final void bytes(byte[] values) {
        byte[] found = block(values);
        if (found.length != values.length) {
            throw new StateException("a part of " + found.length + " bytes where " + values.length + " belong");
        }
        System.arraycopy(found, 0, values, 0, values.length);
    }
}
