// SPDX-License-Identifier: Apache-2.0
package org.penumbra.options;

/// How a machine with several harts runs.
public enum SmpMode {
    /// One hart after the other on one thread: reproducible.
    TURNS,
    /// Each hart on a thread of its own.
    PARALLEL
}
