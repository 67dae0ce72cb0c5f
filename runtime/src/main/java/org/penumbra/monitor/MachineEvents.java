// SPDX-License-Identifier: Apache-2.0
package org.penumbra.monitor;

import org.penumbra.hart.Hart;

/// Told of events while guest code runs, in the middle of the instruction that causes them: it may note them, and have the
/// machine stop behind the instruction, but must change nothing. pc and instruction count of the hart are the instruction's.
///
/// Where nobody is told, nothing but a test against null in paths that are slow anyway is left of it.
public interface MachineEvents {
    /// @param detail see [EventKind]
    void happened(EventKind kind, Hart hart, int detail, long first, long second);

    /// Whether the hart is to stop in front of the instruction at its pc, where a breakpoint is.
    boolean stopsAt(Hart hart);
}
