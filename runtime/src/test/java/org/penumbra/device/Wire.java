// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device;

import java.util.Arrays;

/// An interrupt line that remembers its level and counts how often it rose.
public final class Wire implements InterruptLine {
    public boolean up;
    public int rises;

    @Override
    public void set(boolean level) {
        if (level && !up) {
            rises++;
        }
        up = level;
    }

    public static Wire[] several(int count) {
        Wire[] wires = new Wire[count];
        Arrays.setAll(wires, unused -> new Wire());
        return wires;
    }
}
