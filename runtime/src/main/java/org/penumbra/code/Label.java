// SPDX-License-Identifier: Apache-2.0
package org.penumbra.code;

/// Case labels of the interpreter's switch: one more than the code of the operation of the same name, which a test holds.
///
/// A `switch` wants constants; an operation without a label here is executed by the generic path.
final class Label {
    static final int UNDECODED = 0;
    static final int PAGE_END = 0xff;
    /// An instruction whose second half lies in the next page, decoded anew each time.
    static final int PAGE_CROSSING = 0xfe;
    /// A hint that the generic path is to see: without a case.
    static final int HINT = 0xfd;

    static final int ADD = 1;
    static final int SUB = 2;
    static final int SLL = 3;
    static final int SLT = 4;
    static final int SLTU = 5;
    static final int XOR = 6;
    static final int SRL = 7;
    static final int SRA = 8;
    static final int OR = 9;
    static final int AND = 10;
    static final int ADDW = 11;
    static final int SUBW = 12;
    static final int SLLW = 13;
    static final int SRLW = 14;
    static final int SRAW = 15;
    static final int MUL = 16;
    static final int MULH = 17;
    static final int MULHU = 19;
    static final int DIV = 20;
    static final int DIVU = 21;
    static final int REM = 22;
    static final int REMU = 23;
    static final int MULW = 24;
    static final int DIVW = 25;
    static final int DIVUW = 26;
    static final int REMW = 27;
    static final int REMUW = 28;
    static final int ADD_UW = 29;
    static final int SH1ADD = 30;
    static final int SH2ADD = 31;
    static final int SH3ADD = 32;
    static final int SH1ADD_UW = 33;
    static final int SH2ADD_UW = 34;
    static final int SH3ADD_UW = 35;
    static final int ANDN = 36;
    static final int MIN = 39;
    static final int MINU = 40;
    static final int MAX = 41;
    static final int MAXU = 42;
    static final int ROL = 43;
    static final int ROR = 44;
    static final int ADDI = 51;
    static final int SLTI = 52;
    static final int SLTIU = 53;
    static final int XORI = 54;
    static final int ORI = 55;
    static final int ANDI = 56;
    static final int SLLI = 57;
    static final int SRLI = 58;
    static final int SRAI = 59;
    static final int ADDIW = 60;
    static final int SLLIW = 61;
    static final int SRLIW = 62;
    static final int SRAIW = 63;
    static final int SLLI_UW = 64;
    static final int CLZ = 65;
    static final int CTZ = 66;
    static final int CPOP = 67;
    static final int SEXT_B = 68;
    static final int SEXT_H = 69;
    static final int ZEXT_H = 73;
    static final int REV8 = 74;
    static final int ORC_B = 75;
    static final int RORI = 76;
    static final int RORIW = 77;
    static final int BEXTI = 79;
    static final int LUI = 82;
    static final int AUIPC = 83;
    static final int LB = 84;
    static final int LH = 85;
    static final int LW = 86;
    static final int LD = 87;
    static final int LBU = 88;
    static final int LHU = 89;
    static final int LWU = 90;
    static final int FLW = 91;
    static final int FLD = 92;
    static final int SB = 93;
    static final int SH = 94;
    static final int SW = 95;
    static final int SD = 96;
    static final int FSW = 97;
    static final int FSD = 98;
    static final int BEQ = 99;
    static final int BNE = 100;
    static final int BLT = 101;
    static final int BGE = 102;
    static final int BLTU = 103;
    static final int BGEU = 104;
    static final int JAL = 105;
    static final int JALR = 106;
    /// All computational floating-point operations.
    static final int FLOAT_FIRST = 129;
    static final int FLOAT_LAST = 186;
    static final int FENCE = 193;

    private Label() {
    }
}
