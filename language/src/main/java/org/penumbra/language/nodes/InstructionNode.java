// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.nodes;

import com.oracle.truffle.api.frame.VirtualFrame;
import com.oracle.truffle.api.nodes.Node;

/// A guest instruction that continues with the next one; registers are in the frame.
public abstract class InstructionNode extends Node {
    public abstract void execute(VirtualFrame frame);
}
