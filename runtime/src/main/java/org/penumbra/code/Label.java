// SPDX-License-Identifier: Apache-2.0
package org.penumbra.code;

/// Case labels of the interpreter's switch: one more than the code of the operation of the same name, which a test holds.
///
/// A `switch` wants constants; an operation without a label here is executed by the generic path.
public final class Label {
    public static final int UNDECODED = 0;
    public static final int PAGE_END = 0xff;
    /// An instruction whose second half lies in the next page, decoded anew each time.
    static final int PAGE_CROSSING = 0xfe;
    /// A hint that the generic path is to see: without a case.
    static final int HINT = 0xfd;

    public static final int ADD = 1;
    public static final int SUB = 2;
    public static final int SLL = 3;
    public static final int SLT = 4;
    public static final int SLTU = 5;
    public static final int XOR = 6;
    public static final int SRL = 7;
    public static final int SRA = 8;
    public static final int OR = 9;
    public static final int AND = 10;
    public static final int ADDW = 11;
    public static final int SUBW = 12;
    public static final int SLLW = 13;
    public static final int SRLW = 14;
    public static final int SRAW = 15;
    public static final int MUL = 16;
    public static final int MULH = 17;
    public static final int MULHU = 19;
    public static final int DIV = 20;
    public static final int DIVU = 21;
    public static final int REM = 22;
    public static final int REMU = 23;
    public static final int MULW = 24;
    public static final int DIVW = 25;
    public static final int DIVUW = 26;
    public static final int REMW = 27;
    public static final int REMUW = 28;
    public static final int ADD_UW = 29;
    public static final int SH1ADD = 30;
    public static final int SH2ADD = 31;
    public static final int SH3ADD = 32;
    public static final int SH1ADD_UW = 33;
    public static final int SH2ADD_UW = 34;
    public static final int SH3ADD_UW = 35;
    public static final int ANDN = 36;
    public static final int MIN = 39;
    public static final int MINU = 40;
    public static final int MAX = 41;
    public static final int MAXU = 42;
    public static final int ROL = 43;
    public static final int ROR = 44;
    public static final int ADDI = 51;
    public static final int SLTI = 52;
    public static final int SLTIU = 53;
    public static final int XORI = 54;
    public static final int ORI = 55;
    public static final int ANDI = 56;
    public static final int SLLI = 57;
    public static final int SRLI = 58;
    public static final int SRAI = 59;
    public static final int ADDIW = 60;
    public static final int SLLIW = 61;
    public static final int SRLIW = 62;
    public static final int SRAIW = 63;
    public static final int SLLI_UW = 64;
    public static final int CLZ = 65;
    public static final int CTZ = 66;
    public static final int CPOP = 67;
    public static final int SEXT_B = 68;
    public static final int SEXT_H = 69;
    public static final int ZEXT_H = 73;
    public static final int REV8 = 74;
    public static final int ORC_B = 75;
    public static final int RORI = 76;
    public static final int RORIW = 77;
    public static final int BEXTI = 79;
    public static final int LUI = 82;
    public static final int AUIPC = 83;
    public static final int LB = 84;
    public static final int LH = 85;
    public static final int LW = 86;
    public static final int LD = 87;
    public static final int LBU = 88;
    public static final int LHU = 89;
    public static final int LWU = 90;
    static final int FLW = 91;
    public static final int FLD = 92;
    public static final int SB = 93;
    public static final int SH = 94;
    public static final int SW = 95;
    public static final int SD = 96;
    static final int FSW = 97;
    public static final int FSD = 98;
    public static final int BEQ = 99;
    public static final int BNE = 100;
    public static final int BLT = 101;
    public static final int BGE = 102;
    public static final int BLTU = 103;
    public static final int BGEU = 104;
    public static final int JAL = 105;
    public static final int JALR = 106;
    /// All computational floating-point operations.
    public static final int FLOAT_FIRST = 129;
    public static final int FLOAT_LAST = 186;
    public static final int FENCE = 193;

    private Label() {
    }
}
