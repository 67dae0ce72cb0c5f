// SPDX-License-Identifier: Apache-2.0
package org.penumbra.firmware;

/// The console behind the firmware's console calls.
public interface FirmwareConsole {
    void write(byte[] bytes, int length);

    /// The next byte of input, 0 to 255, or -1 while there is none.
    int read();
}
