// SPDX-License-Identifier: Apache-2.0
package org.penumbra.isa;

import static org.penumbra.isa.Extension.RV_D;
import static org.penumbra.isa.Extension.RV_F;
import static org.penumbra.isa.Extension.RV_I;
import static org.penumbra.isa.Extension.ZFHMIN;
import static org.penumbra.isa.Format.FLOAT_STORE;
import static org.penumbra.isa.Format.STORE;

/// Stores, `op rs2, imm(rs1)`, of the low bytes of integer and float registers.
public enum StoreOp implements Operation {
    SB(RV_I, STORE, 1, "imm[11:5] rs2 rs1 000 imm[4:0] 0100011"),
    SH(RV_I, STORE, 2, "imm[11:5] rs2 rs1 001 imm[4:0] 0100011"),
    SW(RV_I, STORE, 4, "imm[11:5] rs2 rs1 010 imm[4:0] 0100011"),
    SD(RV_I, STORE, 8, "imm[11:5] rs2 rs1 011 imm[4:0] 0100011"),
    FSH(ZFHMIN, FLOAT_STORE, 2, "imm[11:5] rs2 rs1 001 imm[4:0] 0100111"),
    FSW(RV_F, FLOAT_STORE, 4, "imm[11:5] rs2 rs1 010 imm[4:0] 0100111"),
    FSD(RV_D, FLOAT_STORE, 8, "imm[11:5] rs2 rs1 011 imm[4:0] 0100111");

    private final Row row;
    private final int size;

    StoreOp(Extension extension, Format format, int size, String pattern) {
        row = Row.of(name(), extension, format, pattern);
        this.size = size;
    }

    /// Width of the access in bytes.
    public int size() {
        return size;
    }

    /// Tells if rs2 is a float register.
    public boolean floating() {
        return row.format().readsFloatRs2();
    }

    @Override
    public Row row() {
        return row;
    }
}
