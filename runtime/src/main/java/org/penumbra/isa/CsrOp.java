// SPDX-License-Identifier: Apache-2.0
package org.penumbra.isa;

import static org.penumbra.isa.Format.CSR;
import static org.penumbra.isa.Format.CSR_IMMEDIATE;

/// CSR instructions, `op rd, csr, rs1` or `op rd, csr, zimm`.
///
/// The immediate is the CSR's number; zimm, 0 to 31, stands in [Instruction#rs1()].
public enum CsrOp implements Operation {
    CSRRW(CSR, "csr rs1 001 rd 1110011") {
        @Override
        public long combine(long old, long operand) {
            return operand;
        }
    },
    CSRRS(CSR, "csr rs1 010 rd 1110011") {
        @Override
        public long combine(long old, long operand) {
            return old | operand;
        }
    },
    CSRRC(CSR, "csr rs1 011 rd 1110011") {
        @Override
        public long combine(long old, long operand) {
            return old & ~operand;
        }
    },
    CSRRWI(CSR_IMMEDIATE, "csr zimm 101 rd 1110011") {
        @Override
        public long combine(long old, long operand) {
            return operand;
        }
    },
    CSRRSI(CSR_IMMEDIATE, "csr zimm 110 rd 1110011") {
        @Override
        public long combine(long old, long operand) {
            return old | operand;
        }
    },
    CSRRCI(CSR_IMMEDIATE, "csr zimm 111 rd 1110011") {
        @Override
        public long combine(long old, long operand) {
            return old & ~operand;
        }
    };

    private final Row row;

    CsrOp(Format format, String pattern) {
        row = Row.of(name(), Extension.ZICSR, format, pattern);
    }

    /// Tells if the operand is the number in [Instruction#rs1()] rather than the register of that number.
    public boolean immediateSource() {
        return row.format() == CSR_IMMEDIATE;
    }

    /// Tells if an instruction with this rd reads the CSR, side effects included: `csrrw` to x0 does not.
    public boolean reads(int rd) {
        return rd != 0 || this != CSRRW && this != CSRRWI;
    }

    /// Tells if an instruction with this rs1 field writes the CSR: setting or clearing with x0 or 0 does not.
    public boolean writes(int rs1) {
        return rs1 != 0 || this == CSRRW || this == CSRRWI;
    }

    /// Value to write for the CSR's value `old` and `operand`, the value of rs1 or zimm.
    public abstract long combine(long old, long operand);

    @Override
    public Row row() {
        return row;
    }
}
