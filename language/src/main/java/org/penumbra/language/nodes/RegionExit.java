// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.nodes;

import com.oracle.truffle.api.nodes.ControlFlowException;

/// Leaves a region in the middle of a block; pc and instruction count are already in the hart.
///
/// Thrown and caught within one compilation unit, where it becomes a jump.
final class RegionExit extends ControlFlowException {
    static final RegionExit INSTANCE = new RegionExit();
    private static final long serialVersionUID = 1;

    private RegionExit() {
    }
}
