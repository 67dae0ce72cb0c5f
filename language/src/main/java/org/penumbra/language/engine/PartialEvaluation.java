// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.engine;

import com.oracle.truffle.api.CallTarget;
import org.penumbra.hart.Hart;
import org.penumbra.language.nodes.RegionRootNode;

/// A region compiled by Truffle.
///
/// Truffle has no query for whether a call target is compiled. So this calls it with the hart at a pc where no region
/// starts: [RegionRootNode] returns a different value from compiled code.
final class PartialEvaluation implements CompiledCode {
    /// Calls that make Truffle consider the region hot and queue it for compilation.
    private static final int CALLS_TO_COMPILE = 3;
    /// An odd pc, at which no region starts.
    private static final long NOWHERE = -1;

    private final Hart hart;
    private final RegionRootNode root;
    private final CallTarget target;
    private boolean compiled;

    PartialEvaluation(Hart hart, RegionRootNode root) {
        this.hart = hart;
        this.root = root;
        this.target = root.getCallTarget();
    }

    RegionRootNode root() {
        return root;
    }

    @Override
    public void request() {
        int calls = 0;
        while (calls < CALLS_TO_COMPILE && !isReady()) {
            calls++;
        }
    }

    @Override
    public boolean isReady() {
        if (!compiled) {
            long at = hart.pc;
            hart.pc = NOWHERE;
            try {
                compiled = target.call() == RegionRootNode.ELSEWHERE;
            } finally {
                hart.pc = at;
            }
        }
        return compiled;
    }

    @Override
    public boolean run() {
        return target.call() == RegionRootNode.RAN;
    }
}
