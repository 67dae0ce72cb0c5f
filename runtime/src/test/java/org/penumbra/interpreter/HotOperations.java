// SPDX-License-Identifier: Apache-2.0
package org.penumbra.interpreter;

import java.util.List;
import java.util.stream.Stream;
import org.penumbra.isa.BranchOp;
import org.penumbra.isa.ImmediateOp;
import org.penumbra.isa.JumpOp;
import org.penumbra.isa.LoadOp;
import org.penumbra.isa.Operation;
import org.penumbra.isa.RegisterOp;
import org.penumbra.isa.StoreOp;
import org.penumbra.isa.SystemOp;
import org.penumbra.isa.UpperOp;

/// The operations that the interpreter's loop executes itself. All others are executed by [Execution], as correctly and
/// several times slower.
///
/// After a change here, in the template or in a row, run [LoopGenerator].
///
/// @param own    operations with a case of their own, the fastest; C2 inlines only so much into one method
/// @param shared operations that share one case, in which operands are read and then distinguished
record HotOperations<T extends Operation>(List<T> own, List<T> shared) {
    static final HotOperations<RegisterOp> REGISTER = new HotOperations<>(
            List.of(RegisterOp.ADD, RegisterOp.SUB, RegisterOp.XOR, RegisterOp.OR, RegisterOp.AND, RegisterOp.ADDW,
                    RegisterOp.SUBW, RegisterOp.SLTU, RegisterOp.MUL),
            List.of(RegisterOp.MULHU, RegisterOp.SH1ADD, RegisterOp.SH2ADD, RegisterOp.SH3ADD, RegisterOp.ANDN,
                    RegisterOp.SLL, RegisterOp.SLT, RegisterOp.SRL, RegisterOp.SRA, RegisterOp.SLLW, RegisterOp.SRLW,
                    RegisterOp.SRAW, RegisterOp.MULH, RegisterOp.DIV, RegisterOp.DIVU, RegisterOp.REM, RegisterOp.REMU,
                    RegisterOp.MULW, RegisterOp.DIVW, RegisterOp.DIVUW, RegisterOp.REMW, RegisterOp.REMUW,
                    RegisterOp.ADD_UW, RegisterOp.SH1ADD_UW, RegisterOp.SH2ADD_UW, RegisterOp.SH3ADD_UW, RegisterOp.MIN,
                    RegisterOp.MINU, RegisterOp.MAX, RegisterOp.MAXU, RegisterOp.ROL, RegisterOp.ROR, RegisterOp.CZERO_EQZ,
                    RegisterOp.CZERO_NEZ));

    static final HotOperations<ImmediateOp> IMMEDIATE = new HotOperations<>(
            List.of(ImmediateOp.ADDI, ImmediateOp.ADDIW, ImmediateOp.ANDI, ImmediateOp.SLLI, ImmediateOp.SRLI),
            List.of(ImmediateOp.XORI, ImmediateOp.ORI, ImmediateOp.SRAI, ImmediateOp.SLLIW, ImmediateOp.SRLIW,
                    ImmediateOp.ZEXT_H, ImmediateOp.RORI, ImmediateOp.SLTI, ImmediateOp.SLTIU, ImmediateOp.SLLI_UW,
                    ImmediateOp.CLZ, ImmediateOp.CTZ, ImmediateOp.CPOP, ImmediateOp.SEXT_B, ImmediateOp.SEXT_H,
                    ImmediateOp.REV8, ImmediateOp.ORC_B, ImmediateOp.BEXTI, ImmediateOp.SRAIW, ImmediateOp.RORIW));

    static final HotOperations<LoadOp> LOAD = new HotOperations<>(
            List.of(LoadOp.LD, LoadOp.LW),
            List.of(LoadOp.LB, LoadOp.LBU, LoadOp.LH, LoadOp.LHU, LoadOp.LWU, LoadOp.FLD));

    static final HotOperations<StoreOp> STORE = new HotOperations<>(
            List.of(StoreOp.SD, StoreOp.SW),
            List.of(StoreOp.SB, StoreOp.SH, StoreOp.FSD));

    static final HotOperations<BranchOp> BRANCH = new HotOperations<>(
            List.of(BranchOp.BEQ, BranchOp.BNE),
            List.of(BranchOp.BLT, BranchOp.BGE, BranchOp.BLTU, BranchOp.BGEU));

    /// Those whose cases stand in the template.
    static final List<Operation> OTHERS =
            List.of(UpperOp.LUI, UpperOp.AUIPC, JumpOp.JAL, JumpOp.JALR, SystemOp.FENCE);

    /// All of them in the order of the instruction tables, which is that of their labels.
    static List<Operation> all() {
        List<Operation> hot = Stream.concat(OTHERS.stream(), Stream.of(REGISTER, IMMEDIATE, LOAD, STORE, BRANCH)
                .flatMap(group -> Stream.concat(group.own.stream(), group.shared.stream()))).toList();
        return Operation.all().stream().filter(hot::contains).toList();
    }
}
