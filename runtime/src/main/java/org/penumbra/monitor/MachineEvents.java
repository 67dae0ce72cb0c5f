// SPDX-License-Identifier: Apache-2.0
package org.penumbra.monitor;

import org.penumbra.hart.Hart;

/// Listens for events while guest code runs. Each call comes in the middle of the instruction that causes the event:
/// the listener may record it and request a stop after the instruction, but must not change any guest state. The hart's
/// pc and instruction count are those of that instruction.
///
/// Without a listener the only cost is a null check on paths that are slow anyway.
public interface MachineEvents {
    /// @param detail see [EventKind]
    void happened(EventKind kind, Hart hart, int detail, long first, long second);

    /// Whether the hart has to stop before the instruction at its pc, which has a breakpoint.
    boolean stopsAt(Hart hart);
}
