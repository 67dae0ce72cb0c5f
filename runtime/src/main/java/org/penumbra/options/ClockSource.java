// SPDX-License-Identifier: Apache-2.0
package org.penumbra.options;

/// What guest time derives from.
public enum ClockSource {
    /// Retired instructions, a hundred per tick. Waiting skips ahead, so runs are reproducible.
    INSTRUCTIONS,
    /// The host's clock.
    HOST
}
