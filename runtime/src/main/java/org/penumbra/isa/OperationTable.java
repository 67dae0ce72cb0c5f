// SPDX-License-Identifier: Apache-2.0
package org.penumbra.isa;

import java.util.ArrayList;
import java.util.List;

/// All operations by code. The tables follow each other; a table's base is the number of rows before it, a constant
/// here, so that rows know their codes without initialising the other tables.
final class OperationTable {
    static final int REGISTER_BASE = 0;
    static final int IMMEDIATE_BASE = 50;
    static final int UPPER_BASE = 81;
    static final int LOAD_BASE = 83;
    static final int STORE_BASE = 92;
    static final int BRANCH_BASE = 98;
    static final int JUMP_BASE = 104;
    static final int ATOMIC_BASE = 106;
    static final int FLOAT_BASE = 128;
    static final int CSR_BASE = 186;
    static final int SYSTEM_BASE = 192;

    static final List<Operation> ALL;
    static final Operation[] BY_CODE;

    static {
        Operation[][] tables = {RegisterOp.values(), ImmediateOp.values(), UpperOp.values(), LoadOp.values(),
            StoreOp.values(), BranchOp.values(), JumpOp.values(), AtomicOp.values(), FloatOp.values(), CsrOp.values(),
            SystemOp.values()};
        var all = new ArrayList<Operation>();
        for (Operation[] table : tables) {
            int base = table[0].code();
            if (base != all.size()) {
                throw new AssertionError("base of " + table[0].getClass() + " must be " + all.size() + ", not " + base);
            }
            all.addAll(List.of(table));
        }
        ALL = List.copyOf(all);
        BY_CODE = all.toArray(Operation[]::new);
    }

    private OperationTable() {
    }
}
