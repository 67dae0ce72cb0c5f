// SPDX-License-Identifier: Apache-2.0
package org.penumbra.isa;

import static org.penumbra.isa.Extension.PRIVILEGED;
import static org.penumbra.isa.Extension.RV_H;
import static org.penumbra.isa.Extension.RV_I;
import static org.penumbra.isa.Extension.SVINVAL;
import static org.penumbra.isa.Extension.ZAWRS;
import static org.penumbra.isa.Extension.ZICBOM;
import static org.penumbra.isa.Extension.ZICBOZ;
import static org.penumbra.isa.Extension.ZIFENCEI;

/// Operations on the hart as a whole: fences, traps, returns from traps, cache blocks, accesses to the memory of a
/// hypervisor's guest.
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
    HLV_B(RV_H, LoadOp.LB, "0110000 00000 rs1 100 rd 1110011"),
    HLV_BU(RV_H, LoadOp.LBU, "0110000 00001 rs1 100 rd 1110011"),
    HLV_H(RV_H, LoadOp.LH, "0110010 00000 rs1 100 rd 1110011"),
    HLV_HU(RV_H, LoadOp.LHU, "0110010 00001 rs1 100 rd 1110011"),
    HLVX_HU(RV_H, LoadOp.LHU, "0110010 00011 rs1 100 rd 1110011"),
    HLV_W(RV_H, LoadOp.LW, "0110100 00000 rs1 100 rd 1110011"),
    HLV_WU(RV_H, LoadOp.LWU, "0110100 00001 rs1 100 rd 1110011"),
    HLVX_WU(RV_H, LoadOp.LWU, "0110100 00011 rs1 100 rd 1110011"),
    HLV_D(RV_H, LoadOp.LD, "0110110 00000 rs1 100 rd 1110011"),
    HSV_B(RV_H, StoreOp.SB, "0110001 rs2 rs1 100 00000 1110011"),
    HSV_H(RV_H, StoreOp.SH, "0110011 rs2 rs1 100 00000 1110011"),
    HSV_W(RV_H, StoreOp.SW, "0110101 rs2 rs1 100 00000 1110011"),
    HSV_D(RV_H, StoreOp.SD, "0110111 rs2 rs1 100 00000 1110011"),
    HFENCE_VVMA(RV_H, Format.TRANSLATION_FENCE, "0010001 rs2 rs1 000 00000 1110011"),
    HFENCE_GVMA(RV_H, Format.TRANSLATION_FENCE, "0110001 rs2 rs1 000 00000 1110011"),
    HINVAL_VVMA(RV_H, Format.TRANSLATION_FENCE, "0010011 rs2 rs1 000 00000 1110011"),
    HINVAL_GVMA(RV_H, Format.TRANSLATION_FENCE, "0110011 rs2 rs1 000 00000 1110011"),
    /// What cannot be decoded: no word matches it.
    ILLEGAL;

    private final Row row;
    private final LoadOp load;
    private final StoreOp store;

    SystemOp(Extension extension, Format format, String pattern) {
        this(extension, format, pattern, null, null);
    }

    SystemOp(Extension extension, LoadOp load, String pattern) {
        this(extension, Format.LOAD_AT, pattern, load, null);
    }

    SystemOp(Extension extension, StoreOp store, String pattern) {
        this(extension, Format.STORE_AT, pattern, null, store);
    }

    SystemOp(Extension extension, Format format, String pattern, LoadOp load, StoreOp store) {
        row = Row.of(name(), extension, format, pattern);
        this.load = load;
        this.store = store;
    }

    SystemOp() {
        row = new Row("illegal", RV_I, Format.NONE, Pattern.NOTHING);
        load = null;
        store = null;
    }

    /// The load that it does in the memory of a hypervisor's guest, or null.
    public LoadOp load() {
        return load;
    }

    /// The store that it does there, or null.
    public StoreOp store() {
        return store;
    }

    @Override
    public Row row() {
        return row;
    }
}
