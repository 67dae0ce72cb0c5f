// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device;

/// A level-sensitive wire. Setting the level it already has changes nothing.
@FunctionalInterface
public interface InterruptLine {
    InterruptLine UNCONNECTED = level -> {
    };

    void set(boolean level);
}
