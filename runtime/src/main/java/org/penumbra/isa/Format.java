// SPDX-License-Identifier: Apache-2.0
package org.penumbra.isa;

import java.util.List;

/// Operands of an instruction: how assembler text writes them and, following from that, which registers it reads and
/// writes and in which file.
///
/// In the text `rd rs1 rs2 rs3` are integer registers and `frd frs1 frs2 frs3` float registers; a register at rd is
/// written, the others are read. `imm` is a signed and `uimm` an unsigned immediate, `upper` an immediate shown shifted
/// right by 12, `target` one relative to the pc, `csr` a CSR's number, `zimm` the number in the place of rs1,
/// `pred, succ` the sets of a fence, and `rm` a rounding mode that is shown unless it is dynamic.
public enum Format {
    REGISTER("rd, rs1, rs2"),
    IMMEDIATE("rd, rs1, imm"),
    SHIFT("rd, rs1, uimm"),
    UNARY("rd, rs1"),
    /// With the immediate as part of the name, `mop.r.3`.
    NUMBERED_UNARY("rd, rs1"),
    NUMBERED_REGISTER("rd, rs1, rs2"),
    UPPER("rd, upper"),
    LOAD("rd, imm(rs1)"),
    FLOAT_LOAD("frd, imm(rs1)"),
    STORE("rs2, imm(rs1)"),
    FLOAT_STORE("frs2, imm(rs1)"),
    BRANCH("rs1, rs2, target"),
    JUMP("rd, target"),
    JUMP_REGISTER("rd, imm(rs1)"),
    LOAD_RESERVED("rd, (rs1)"),
    /// A load and a store without an offset.
    LOAD_AT("rd, (rs1)"),
    STORE_AT("rs2, (rs1)"),
    ATOMIC("rd, rs2, (rs1)"),
    /// Compare-and-swap, which reads rd as well.
    ATOMIC_COMPARE("rd, rs2, (rs1)"),
    /// The same on pairs of registers, of which the operands name the even ones.
    ATOMIC_PAIR("rd, rs2, (rs1)"),
    CSR("rd, csr, rs1"),
    CSR_IMMEDIATE("rd, csr, zimm"),
    FENCE("pred, succ"),
    TRANSLATION_FENCE("rs1, rs2"),
    CACHE_BLOCK("(rs1)"),
    NONE(""),
    /// Float registers only: sign injection, minimum, maximum.
    FLOAT("frd, frs1, frs2"),
    FLOAT_ROUNDED("frd, frs1, frs2, rm"),
    FLOAT_UNARY_ROUNDED("frd, frs1, rm"),
    FLOAT_FUSED("frd, frs1, frs2, frs3, rm"),
    FLOAT_COMPARE("rd, frs1, frs2"),
    /// A constant, by its number.
    FLOAT_CONSTANT("frd, uimm"),
    /// From a float to an integer register: moves and classification.
    FLOAT_TO_INTEGER("rd, frs1"),
    FLOAT_TO_INTEGER_ROUNDED("rd, frs1, rm"),
    INTEGER_TO_FLOAT("frd, rs1"),
    INTEGER_TO_FLOAT_ROUNDED("frd, rs1, rm");

    private final String operands;
    private final boolean writesInteger, writesFloat;
    private final boolean readsIntegerRs1, readsIntegerRs2;
    private final boolean readsFloatRs1, readsFloatRs2, readsFloatRs3;

    Format(String operands) {
        this.operands = operands;
        var words = List.of(operands.split("[^a-z0-9]+"));
        writesInteger = words.contains("rd");
        writesFloat = words.contains("frd");
        readsIntegerRs1 = words.contains("rs1");
        readsIntegerRs2 = words.contains("rs2");
        readsFloatRs1 = words.contains("frs1");
        readsFloatRs2 = words.contains("frs2");
        readsFloatRs3 = words.contains("frs3");
    }

    /// Tells if the immediate is the last part of the instruction's name.
    public boolean isNumbered() {
        return this == NUMBERED_UNARY || this == NUMBERED_REGISTER;
    }

    /// Tells if rd is read, too.
    public boolean readsDestination() {
        return this == ATOMIC_COMPARE || this == ATOMIC_PAIR;
    }

    /// Operands as assembler text writes them, in the words listed above.
    public String operands() {
        return operands;
    }

    /// Tells if rd is an integer register; likewise the following, each for its operand and file.
    public boolean writesInteger() {
        return writesInteger;
    }

    public boolean writesFloat() {
        return writesFloat;
    }

    public boolean readsIntegerRs1() {
        return readsIntegerRs1;
    }

    public boolean readsIntegerRs2() {
        return readsIntegerRs2;
    }

    public boolean readsFloatRs1() {
        return readsFloatRs1;
    }

    public boolean readsFloatRs2() {
        return readsFloatRs2;
    }

    public boolean readsFloatRs3() {
        return readsFloatRs3;
    }

    /// Tells if any operand is a float register, so that the instruction needs mstatus.FS to be on.
    public boolean usesFloat() {
        return writesFloat || readsFloatRs1 || readsFloatRs2 || readsFloatRs3;
    }
}
