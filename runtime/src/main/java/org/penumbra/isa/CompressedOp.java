// SPDX-License-Identifier: Apache-2.0
package org.penumbra.isa;

import static org.penumbra.isa.Extension.RV_C;
import static org.penumbra.isa.Extension.ZCB;
import static org.penumbra.isa.Extension.ZCMOP;

/// Compressed instructions of RV64C with D, of Zcb and of Zcmop, each a row that says which base instruction it stands
/// for.
///
/// A row has no meaning of its own: it expands to its base instruction with the operands that its pattern has fields
/// for and, where it has none, the implied registers. Reserved encodings match no row. Hints (such as `c.li` to x0 or
/// `c.slli` by 0) expand to base instructions without effect.
enum CompressedOp {
    C_ADDI4SPN(ImmediateOp.ADDI, "000 nzuimm[5:4|9:6|2|3] rd' 00", 0, 2),
    C_FLD(LoadOp.FLD, "001 uimm[5:3] rs1' uimm[7:6] rd' 00"),
    C_LW(LoadOp.LW, "010 uimm[5:3] rs1' uimm[2|6] rd' 00"),
    C_LD(LoadOp.LD, "011 uimm[5:3] rs1' uimm[7:6] rd' 00"),
    C_FSD(StoreOp.FSD, "101 uimm[5:3] rs1' uimm[7:6] rs2' 00"),
    C_SW(StoreOp.SW, "110 uimm[5:3] rs1' uimm[2|6] rs2' 00"),
    C_SD(StoreOp.SD, "111 uimm[5:3] rs1' uimm[7:6] rs2' 00"),

    C_ADDI(ImmediateOp.ADDI, "000 imm[5] rd/rs1 imm[4:0] 01"),
    C_ADDIW(ImmediateOp.ADDIW, "001 imm[5] rd/rs1!=0 imm[4:0] 01"),
    C_LI(ImmediateOp.ADDI, "010 imm[5] rd imm[4:0] 01"),
    C_ADDI16SP(ImmediateOp.ADDI, "011 nzimm[9] 00010 nzimm[4|6|8:7|5] 01", 2, 2),
    C_LUI(UpperOp.LUI, "011 nzimm[17] rd!=2 nzimm[16:12] 01"),
    C_SRLI(ImmediateOp.SRLI, "100 shamt[5] 00 rd'/rs1' shamt[4:0] 01"),
    C_SRAI(ImmediateOp.SRAI, "100 shamt[5] 01 rd'/rs1' shamt[4:0] 01"),
    C_ANDI(ImmediateOp.ANDI, "100 imm[5] 10 rd'/rs1' imm[4:0] 01"),
    C_SUB(RegisterOp.SUB, "100 0 11 rd'/rs1' 00 rs2' 01"),
    C_XOR(RegisterOp.XOR, "100 0 11 rd'/rs1' 01 rs2' 01"),
    C_OR(RegisterOp.OR, "100 0 11 rd'/rs1' 10 rs2' 01"),
    C_AND(RegisterOp.AND, "100 0 11 rd'/rs1' 11 rs2' 01"),
    C_SUBW(RegisterOp.SUBW, "100 1 11 rd'/rs1' 00 rs2' 01"),
    C_ADDW(RegisterOp.ADDW, "100 1 11 rd'/rs1' 01 rs2' 01"),
    C_J(JumpOp.JAL, "101 imm[11|4|9:8|10|6|7|3:1|5] 01"),
    C_BEQZ(BranchOp.BEQ, "110 imm[8|4:3] rs1' imm[7:6|2:1|5] 01"),
    C_BNEZ(BranchOp.BNE, "111 imm[8|4:3] rs1' imm[7:6|2:1|5] 01"),

    C_SLLI(ImmediateOp.SLLI, "000 shamt[5] rd/rs1 shamt[4:0] 10"),
    C_FLDSP(LoadOp.FLD, "001 uimm[5] rd uimm[4:3|8:6] 10", 0, 2),
    C_LWSP(LoadOp.LW, "010 uimm[5] rd!=0 uimm[4:2|7:6] 10", 0, 2),
    C_LDSP(LoadOp.LD, "011 uimm[5] rd!=0 uimm[4:3|8:6] 10", 0, 2),
    C_JR(JumpOp.JALR, "100 0 rs1!=0 00000 10"),
    C_MV(RegisterOp.ADD, "100 0 rd rs2!=0 10"),
    C_EBREAK(SystemOp.EBREAK, "100 1 00000 00000 10"),
    C_JALR(JumpOp.JALR, "100 1 rs1!=0 00000 10", 1, 0),
    C_ADD(RegisterOp.ADD, "100 1 rd/rs1 rs2!=0 10"),
    C_FSDSP(StoreOp.FSD, "101 uimm[5:3|8:6] rs2 10", 0, 2),
    C_SWSP(StoreOp.SW, "110 uimm[5:2|7:6] rs2 10", 0, 2),
    C_SDSP(StoreOp.SD, "111 uimm[5:3|8:6] rs2 10", 0, 2),

    C_LBU(ZCB, LoadOp.LBU, "100 000 rs1' uimm[0|1] rd' 00"),
    C_LHU(ZCB, LoadOp.LHU, "100 001 rs1' 0 uimm[1] rd' 00"),
    C_LH(ZCB, LoadOp.LH, "100 001 rs1' 1 uimm[1] rd' 00"),
    C_SB(ZCB, StoreOp.SB, "100 010 rs1' uimm[0|1] rs2' 00"),
    C_SH(ZCB, StoreOp.SH, "100 011 rs1' 0 uimm[1] rs2' 00"),
    C_ZEXT_B(ZCB, ImmediateOp.ANDI, "100 111 rd'/rs1' 11 000 01", 0xff),
    C_SEXT_B(ZCB, ImmediateOp.SEXT_B, "100 111 rd'/rs1' 11 001 01"),
    C_ZEXT_H(ZCB, ImmediateOp.ZEXT_H, "100 111 rd'/rs1' 11 010 01"),
    C_SEXT_H(ZCB, ImmediateOp.SEXT_H, "100 111 rd'/rs1' 11 011 01"),
    C_ZEXT_W(ZCB, RegisterOp.ADD_UW, "100 111 rd'/rs1' 11 100 01"),
    C_NOT(ZCB, ImmediateOp.XORI, "100 111 rd'/rs1' 11 101 01", -1),
    C_MUL(ZCB, RegisterOp.MUL, "100 111 rd'/rs1' 10 rs2' 01"),
    /// Numbers 1, 3 to 15: does nothing, and stands where `c.lui` by 0 would.
    C_MOP(ZCMOP, ImmediateOp.ADDI, "011 00 *** 1 00000 01");

    private final Extension extension;
    private final Operation base;
    private final Pattern pattern;
    private final int impliedRd;
    private final int impliedRs1;
    private final long impliedImmediate;

    CompressedOp(Operation base, String pattern) {
        this(RV_C, base, pattern, 0, 0, 0);
    }

    CompressedOp(Operation base, String pattern, int impliedRd, int impliedRs1) {
        this(RV_C, base, pattern, impliedRd, impliedRs1, 0);
    }

    CompressedOp(Extension extension, Operation base, String pattern) {
        this(extension, base, pattern, 0, 0, 0);
    }

    CompressedOp(Extension extension, Operation base, String pattern, long impliedImmediate) {
        this(extension, base, pattern, 0, 0, impliedImmediate);
    }

    CompressedOp(Extension extension, Operation base, String pattern, int impliedRd, int impliedRs1,
            long impliedImmediate) {
        this.extension = extension;
        this.base = base;
        this.pattern = new Pattern(pattern);
        this.impliedRd = impliedRd;
        this.impliedRs1 = impliedRs1;
        this.impliedImmediate = impliedImmediate;
    }

    /// Extension that brings the instruction, besides that of its base instruction.
    Extension extension() {
        return extension;
    }

    Pattern pattern() {
        return pattern;
    }

    /// Base instruction of length 2 that the low 16 bits of `bits`, which match the pattern, stand for.
    Instruction expand(int bits) {
        return new Instruction(base, pattern.hasRd() ? pattern.rd(bits) : impliedRd,
                pattern.hasRs1() ? pattern.rs1(bits) : impliedRs1, pattern.rs2(bits), 0, 0,
                pattern.hasImmediate() ? pattern.immediate(bits) : impliedImmediate, 2, bits);
    }
}
