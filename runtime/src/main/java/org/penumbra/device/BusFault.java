// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device;

import com.oracle.truffle.api.nodes.ControlFlowException;

/// An access to which no device on the bus responds; the hart takes an access fault. Stackless and shared.
public final class BusFault extends ControlFlowException {
    private static final long serialVersionUID = 1L;

    public static final BusFault INSTANCE = new BusFault();

    private BusFault() {
    }
}
