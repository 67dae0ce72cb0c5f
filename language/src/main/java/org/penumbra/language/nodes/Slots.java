// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.nodes;

import com.oracle.truffle.api.frame.FrameDescriptor;
import com.oracle.truffle.api.frame.FrameSlotKind;
import com.oracle.truffle.api.frame.VirtualFrame;
import org.penumbra.hart.Hart;

/// The frame layout of a region: static slots, which the compiler turns into host registers.
///
/// Slots 0–63 are the guest's registers as numbered in [Hart#registers]; x0 is neither read nor written.
public final class Slots {
    /// The instruction budget as at the start of the block.
    static final int REMAINING = Hart.SINK;
    /// Host address of the active data TLB.
    static final int TLB = REMAINING + 1;
    /// Target of an indirect jump until its block is found.
    static final int TARGET = TLB + 1;

    static final FrameDescriptor DESCRIPTOR = descriptor();

    private Slots() {
    }

    private static FrameDescriptor descriptor() {
        var builder = FrameDescriptor.newBuilder();
        builder.addSlots(TARGET + 1, FrameSlotKind.Static);
        return builder.build();
    }

    static long read(VirtualFrame frame, int register) {
        return register == 0 ? 0 : frame.getLongStatic(register);
    }

    static void write(VirtualFrame frame, int register, long value) {
        if (register != 0) {
            frame.setLongStatic(register, value);
        }
    }
}
