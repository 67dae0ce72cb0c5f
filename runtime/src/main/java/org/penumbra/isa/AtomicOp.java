// SPDX-License-Identifier: Apache-2.0
package org.penumbra.isa;

import static org.penumbra.isa.Format.ATOMIC;
import static org.penumbra.isa.Format.LOAD_RESERVED;

/// Atomic memory operations, `op rd, rs2, (rs1)`, load-reserved and store-conditional.
///
/// The immediate holds the ordering bits aq (2) and rl (1).
public enum AtomicOp implements Operation {
    LR_W(LOAD_RESERVED, 4, "00010 aqrl[1:0] 00000 rs1 010 rd 0101111") {
        @Override
        public long combine(long old, long operand) {
            return old;
        }
    },
    SC_W(ATOMIC, 4, "00011 aqrl[1:0] rs2 rs1 010 rd 0101111") {
        @Override
        public long combine(long old, long operand) {
            return operand;
        }
    },
    AMOSWAP_W(ATOMIC, 4, "00001 aqrl[1:0] rs2 rs1 010 rd 0101111") {
        @Override
        public long combine(long old, long operand) {
            return operand;
        }
    },
    AMOADD_W(ATOMIC, 4, "00000 aqrl[1:0] rs2 rs1 010 rd 0101111") {
        @Override
        public long combine(long old, long operand) {
            return (int) (old + operand);
        }
    },
    AMOXOR_W(ATOMIC, 4, "00100 aqrl[1:0] rs2 rs1 010 rd 0101111") {
        @Override
        public long combine(long old, long operand) {
            return old ^ operand;
        }
    },
    AMOAND_W(ATOMIC, 4, "01100 aqrl[1:0] rs2 rs1 010 rd 0101111") {
        @Override
        public long combine(long old, long operand) {
            return old & operand;
        }
    },
    AMOOR_W(ATOMIC, 4, "01000 aqrl[1:0] rs2 rs1 010 rd 0101111") {
        @Override
        public long combine(long old, long operand) {
            return old | operand;
        }
    },
    AMOMIN_W(ATOMIC, 4, "10000 aqrl[1:0] rs2 rs1 010 rd 0101111") {
        @Override
        public long combine(long old, long operand) {
            return Math.min(old, (int) operand);
        }
    },
    AMOMAX_W(ATOMIC, 4, "10100 aqrl[1:0] rs2 rs1 010 rd 0101111") {
        @Override
        public long combine(long old, long operand) {
            return Math.max(old, (int) operand);
        }
    },
    AMOMINU_W(ATOMIC, 4, "11000 aqrl[1:0] rs2 rs1 010 rd 0101111") {
        @Override
        public long combine(long old, long operand) {
            return Long.compareUnsigned(old, (int) operand) < 0 ? old : (int) operand;
        }
    },
    AMOMAXU_W(ATOMIC, 4, "11100 aqrl[1:0] rs2 rs1 010 rd 0101111") {
        @Override
        public long combine(long old, long operand) {
            return Long.compareUnsigned(old, (int) operand) < 0 ? (int) operand : old;
        }
    },
    LR_D(LOAD_RESERVED, 8, "00010 aqrl[1:0] 00000 rs1 011 rd 0101111") {
        @Override
        public long combine(long old, long operand) {
            return old;
        }
    },
    SC_D(ATOMIC, 8, "00011 aqrl[1:0] rs2 rs1 011 rd 0101111") {
        @Override
        public long combine(long old, long operand) {
            return operand;
        }
    },
    AMOSWAP_D(ATOMIC, 8, "00001 aqrl[1:0] rs2 rs1 011 rd 0101111") {
        @Override
        public long combine(long old, long operand) {
            return operand;
        }
    },
    AMOADD_D(ATOMIC, 8, "00000 aqrl[1:0] rs2 rs1 011 rd 0101111") {
        @Override
        public long combine(long old, long operand) {
            return old + operand;
        }
    },
    AMOXOR_D(ATOMIC, 8, "00100 aqrl[1:0] rs2 rs1 011 rd 0101111") {
        @Override
        public long combine(long old, long operand) {
            return old ^ operand;
        }
    },
    AMOAND_D(ATOMIC, 8, "01100 aqrl[1:0] rs2 rs1 011 rd 0101111") {
        @Override
        public long combine(long old, long operand) {
            return old & operand;
        }
    },
    AMOOR_D(ATOMIC, 8, "01000 aqrl[1:0] rs2 rs1 011 rd 0101111") {
        @Override
        public long combine(long old, long operand) {
            return old | operand;
        }
    },
    AMOMIN_D(ATOMIC, 8, "10000 aqrl[1:0] rs2 rs1 011 rd 0101111") {
        @Override
        public long combine(long old, long operand) {
            return Math.min(old, operand);
        }
    },
    AMOMAX_D(ATOMIC, 8, "10100 aqrl[1:0] rs2 rs1 011 rd 0101111") {
        @Override
        public long combine(long old, long operand) {
            return Math.max(old, operand);
        }
    },
    AMOMINU_D(ATOMIC, 8, "11000 aqrl[1:0] rs2 rs1 011 rd 0101111") {
        @Override
        public long combine(long old, long operand) {
            return Long.compareUnsigned(old, operand) < 0 ? old : operand;
        }
    },
    AMOMAXU_D(ATOMIC, 8, "11100 aqrl[1:0] rs2 rs1 011 rd 0101111") {
        @Override
        public long combine(long old, long operand) {
            return Long.compareUnsigned(old, operand) < 0 ? operand : old;
        }
    };

    private final Row row;
    private final int size;

    AtomicOp(Format format, int size, String pattern) {
        row = Row.of(name(), Extension.RV_A, format, pattern);
        this.size = size;
    }

    /// Width of the access in bytes, 4 or 8.
    public int size() {
        return size;
    }

    public boolean loadReserved() {
        return this == LR_W || this == LR_D;
    }

    public boolean storeConditional() {
        return this == SC_W || this == SC_D;
    }

    /// Value whose low [#size()] bytes are to be stored for the value `old` in memory, sign-extended (which keeps
    /// unsigned order too), and `operand`, the whole of rs2. Load-reserved gives `old` and store-conditional `operand`.
    public abstract long combine(long old, long operand);

    @Override
    public Row row() {
        return row;
    }
}
