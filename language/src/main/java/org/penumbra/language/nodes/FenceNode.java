// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.nodes;

import com.oracle.truffle.api.frame.VirtualFrame;
import org.penumbra.memory.HostMemory;

/// A `fence` between accesses that other harts see.
final class FenceNode extends InstructionNode {
    @Override
    public void execute(VirtualFrame frame) {
        HostMemory.fullFence();
    }
}
