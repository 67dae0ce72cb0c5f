// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device;

import java.util.ArrayList;
import java.util.List;

/// Records what was asked of the machine.
public final class Power implements PowerControl {
    public final List<String> requests = new ArrayList<>();

    @Override
    public void powerOff(int status) {
        requests.add("off " + status);
    }

    @Override
    public void reset() {
        requests.add("reset");
    }
}
