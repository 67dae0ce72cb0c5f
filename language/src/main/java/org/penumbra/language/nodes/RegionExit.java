// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.nodes;

import com.oracle.truffle.api.nodes.ControlFlowException;

/// Leaves a region in the middle of a block, pc and instruction count being in the hart already.
///
/// Thrown and caught within one compilation unit, so that it is a jump there.
final class RegionExit extends ControlFlowException {
    static final RegionExit INSTANCE = new RegionExit();
    private static final long serialVersionUID = 1;

    private RegionExit() {
    }
}
