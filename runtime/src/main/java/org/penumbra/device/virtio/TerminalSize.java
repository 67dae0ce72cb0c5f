// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device.virtio;

/// The size of the terminal that the console is shown on, in characters; 0 by 0 while unknown. Any thread may change
/// it.
public final class TerminalSize {
    private static final int LARGEST = 0xffff;

    /// Columns in the low, rows in the next 16 bits, so that they change together.
    private volatile int size;

    /// @throws IllegalArgumentException with one line, for what is no size
    public void set(int columns, int rows) {
        if (columns < 0 || columns > LARGEST || rows < 0 || rows > LARGEST) {
            throw new IllegalArgumentException("a terminal of " + columns + " columns and " + rows + " rows");
        }
        size = rows << 16 | columns;
    }

    /// Columns in the low, rows in the next 16 bits: the first four bytes of a virtio console's configuration.
    int packed() {
        return size;
    }
}
