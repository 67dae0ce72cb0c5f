// SPDX-License-Identifier: Apache-2.0
package org.penumbra.isa;

import static org.penumbra.isa.Extension.PRIVILEGED;
import static org.penumbra.isa.Extension.RV_I;
import static org.penumbra.isa.Extension.SVINVAL;
import static org.penumbra.isa.Extension.ZAWRS;
import static org.penumbra.isa.Extension.ZICBOM;
import static org.penumbra.isa.Extension.ZICBOZ;
import static org.penumbra.isa.Extension.ZIFENCEI;

/// Operations on the hart as a whole: fences, traps, returns from traps, cache blocks.
public enum SystemOp implements Operation {
    /// Orders memory accesses; all values of fm, pred, succ, rd and rs1 are fences, as the manual asks.
    FENCE(RV_I, Format.FENCE, "uimm[11:0] ***** 000 ***** 0001111"),
    FENCE_I(ZIFENCEI, Format.NONE, "************ ***** 001 ***** 0001111"),
    ECALL(RV_I, Format.NONE, "000000000000 00000 000 00000 1110011"),
    EBREAK(RV_I, Format.NONE, "000000000001 00000 000 00000 1110011"),
    WRS_NTO(ZAWRS, Format.NONE, "000000001101 00000 000 00000 1110011"),
    WRS_STO(ZAWRS, Format.NONE, "000000011101 00000 000 00000 1110011"),
    MRET(PRIVILEGED, Format.NONE, "0011000 00010 00000 000 00000 1110011"),
    SRET(PRIVILEGED, Format.NONE, "0001000 00010 00000 000 00000 1110011"),
    WFI(PRIVILEGED, Format.NONE, "0001000 00101 00000 000 00000 1110011"),
    SFENCE_VMA(PRIVILEGED, Format.TRANSLATION_FENCE, "0001001 rs2 rs1 000 00000 1110011"),
    SINVAL_VMA(SVINVAL, Format.TRANSLATION_FENCE, "0001011 rs2 rs1 000 00000 1110011"),
    SFENCE_W_INVAL(SVINVAL, Format.NONE, "0001100 00000 00000 000 00000 1110011"),
    SFENCE_INVAL_IR(SVINVAL, Format.NONE, "0001100 00001 00000 000 00000 1110011"),
    CBO_INVAL(ZICBOM, Format.CACHE_BLOCK, "000000000000 rs1 010 00000 0001111"),
    CBO_CLEAN(ZICBOM, Format.CACHE_BLOCK, "000000000001 rs1 010 00000 0001111"),
    CBO_FLUSH(ZICBOM, Format.CACHE_BLOCK, "000000000010 rs1 010 00000 0001111"),
    CBO_ZERO(ZICBOZ, Format.CACHE_BLOCK, "000000000100 rs1 010 00000 0001111"),
    /// What cannot be decoded: no word matches it.
    ILLEGAL;

    private final Row row;

    SystemOp(Extension extension, Format format, String pattern) {
        row = Row.of(name(), extension, format, pattern);
    }

    SystemOp() {
        row = new Row("illegal", RV_I, Format.NONE, Pattern.NOTHING);
    }

    @Override
    public Row row() {
        return row;
    }
}
