// SPDX-License-Identifier: Apache-2.0
package org.penumbra.isa;

import java.util.List;
import java.util.stream.Stream;

/// All operations, table by table.
final class OperationTable {
    static final List<Operation> ALL = Stream.<Operation[]>of(RegisterOp.values(), ImmediateOp.values(),
            UpperOp.values(),
            LoadOp.values(), StoreOp.values(), BranchOp.values(), JumpOp.values(), AtomicOp.values(), FloatOp.values(),
            CsrOp.values(), SystemOp.values()).flatMap(Stream::of).toList();

    private OperationTable() {
    }
}
