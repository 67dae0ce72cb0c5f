// SPDX-License-Identifier: Apache-2.0
package org.penumbra.isa;

import static org.penumbra.isa.Extension.RV_D;
import static org.penumbra.isa.Extension.RV_F;
import static org.penumbra.isa.Extension.RV_I;
import static org.penumbra.isa.Extension.ZFHMIN;
import static org.penumbra.isa.Format.FLOAT_LOAD;
import static org.penumbra.isa.Format.LOAD;

/// Loads, `op rd, imm(rs1)`, of integer and float registers.
public enum LoadOp implements Operation {
    LB(RV_I, LOAD, 1, "imm[11:0] rs1 000 rd 0000011") {
        @Override
        public long extend(long raw) {
            return (byte) raw;
        }
    },
    LH(RV_I, LOAD, 2, "imm[11:0] rs1 001 rd 0000011") {
        @Override
        public long extend(long raw) {
            return (short) raw;
        }
    },
    LW(RV_I, LOAD, 4, "imm[11:0] rs1 010 rd 0000011") {
        @Override
        public long extend(long raw) {
            return (int) raw;
        }
    },
    LD(RV_I, LOAD, 8, "imm[11:0] rs1 011 rd 0000011") {
        @Override
        public long extend(long raw) {
            return raw;
        }
    },
    LBU(RV_I, LOAD, 1, "imm[11:0] rs1 100 rd 0000011") {
        @Override
        public long extend(long raw) {
            return raw;
        }
    },
    LHU(RV_I, LOAD, 2, "imm[11:0] rs1 101 rd 0000011") {
        @Override
        public long extend(long raw) {
            return raw;
        }
    },
    LWU(RV_I, LOAD, 4, "imm[11:0] rs1 110 rd 0000011") {
        @Override
        public long extend(long raw) {
            return raw;
        }
    },
    FLH(ZFHMIN, FLOAT_LOAD, 2, "imm[11:0] rs1 001 rd 0000111") {
        @Override
        public long extend(long raw) {
            return raw | 0xffff_ffff_ffff_0000L;
        }
    },
    FLW(RV_F, FLOAT_LOAD, 4, "imm[11:0] rs1 010 rd 0000111") {
        @Override
        public long extend(long raw) {
            return raw | 0xffff_ffff_0000_0000L;
        }
    },
    FLD(RV_D, FLOAT_LOAD, 8, "imm[11:0] rs1 011 rd 0000111") {
        @Override
        public long extend(long raw) {
            return raw;
        }
    };

    private final Row row;
    private final int size;

    LoadOp(Extension extension, Format format, int size, String pattern) {
        row = Row.of(name(), extension, format, pattern);
        this.size = size;
    }

    /// Width of the access in bytes.
    public int size() {
        return size;
    }

    /// Tells if rd is a float register.
    public boolean floating() {
        return row.format().writesFloat();
    }

    /// Value of rd for the zero-extended value `raw` in memory; numbers of half and single precision are NaN-boxed.
    public abstract long extend(long raw);

    @Override
    public Row row() {
        return row;
    }
}
