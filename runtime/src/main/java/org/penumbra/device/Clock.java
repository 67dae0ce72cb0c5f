// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device;

/// The platform's monotonic time in ticks of 10 MHz, from 0 at power-on. Never negative.
@FunctionalInterface
public interface Clock {
    /// Ticks per second, the `timebase-frequency` of the device tree.
    int FREQUENCY = 10_000_000;

    int NANOSECONDS_PER_TICK = 1_000_000_000 / FREQUENCY;

    long ticks();
}
