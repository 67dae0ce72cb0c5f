// SPDX-License-Identifier: Apache-2.0
package org.penumbra.isa;

import java.util.List;

/// What an instruction does, without its operands: a row of one of the tables, grouped by shape.
///
/// A row is the one place that knows its instruction: encoding, operands, extension and – for those that are a function
/// of their operands – meaning. Decoder, disassembler, live-register sets and tests derive from it.
public sealed interface Operation permits RegisterOp, ImmediateOp, UpperOp, LoadOp, StoreOp, BranchOp, JumpOp,
        AtomicOp, FloatOp, CsrOp, SystemOp {
    /// Name of the enum constant.
    String name();

    /// What the row states.
    Row row();

    /// Assembler's name, such as `sfence.vma`.
    default String mnemonic() {
        return row().mnemonic();
    }

    default Pattern pattern() {
        return row().pattern();
    }

    default Extension extension() {
        return row().extension();
    }

    default Format format() {
        return row().format();
    }

    /// Instruction word of this operation with these operands; those that it has no field for are ignored.
    ///
    /// @throws IllegalArgumentException if an operand cannot be expressed
    default int encode(int rd, int rs1, int rs2, int rs3, int rm, long immediate) {
        return pattern().encode(rd, rs1, rs2, rs3, rm, immediate);
    }

    /// All operations, table by table, in the order of their rows.
    static List<Operation> all() {
        return OperationTable.ALL;
    }
}
