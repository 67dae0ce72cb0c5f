// SPDX-License-Identifier: Apache-2.0
package org.penumbra.isa;

import static org.penumbra.isa.Extension.ZABHA;
import static org.penumbra.isa.Extension.ZACAS;
import static org.penumbra.isa.Format.ATOMIC;
import static org.penumbra.isa.Format.ATOMIC_COMPARE;
import static org.penumbra.isa.Format.ATOMIC_PAIR;
import static org.penumbra.isa.Format.LOAD_RESERVED;

/// Atomic memory operations, `op rd, rs2, (rs1)`, load-reserved, store-conditional and compare-and-swap.
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
    },
    AMOSWAP_B(ZABHA, ATOMIC, 1, "00001 aqrl[1:0] rs2 rs1 000 rd 0101111") {
        @Override
        public long combine(long old, long operand) {
            return operand;
        }
    },
    AMOADD_B(ZABHA, ATOMIC, 1, "00000 aqrl[1:0] rs2 rs1 000 rd 0101111") {
        @Override
        public long combine(long old, long operand) {
            return old + operand;
        }
    },
    AMOXOR_B(ZABHA, ATOMIC, 1, "00100 aqrl[1:0] rs2 rs1 000 rd 0101111") {
        @Override
        public long combine(long old, long operand) {
            return old ^ operand;
        }
    },
    AMOAND_B(ZABHA, ATOMIC, 1, "01100 aqrl[1:0] rs2 rs1 000 rd 0101111") {
        @Override
        public long combine(long old, long operand) {
            return old & operand;
        }
    },
    AMOOR_B(ZABHA, ATOMIC, 1, "01000 aqrl[1:0] rs2 rs1 000 rd 0101111") {
        @Override
        public long combine(long old, long operand) {
            return old | operand;
        }
    },
    AMOMIN_B(ZABHA, ATOMIC, 1, "10000 aqrl[1:0] rs2 rs1 000 rd 0101111") {
        @Override
        public long combine(long old, long operand) {
            return Math.min(old, (byte) operand);
        }
    },
    AMOMAX_B(ZABHA, ATOMIC, 1, "10100 aqrl[1:0] rs2 rs1 000 rd 0101111") {
        @Override
        public long combine(long old, long operand) {
            return Math.max(old, (byte) operand);
        }
    },
    AMOMINU_B(ZABHA, ATOMIC, 1, "11000 aqrl[1:0] rs2 rs1 000 rd 0101111") {
        @Override
        public long combine(long old, long operand) {
            return Long.compareUnsigned(old, (byte) operand) < 0 ? old : (byte) operand;
        }
    },
    AMOMAXU_B(ZABHA, ATOMIC, 1, "11100 aqrl[1:0] rs2 rs1 000 rd 0101111") {
        @Override
        public long combine(long old, long operand) {
            return Long.compareUnsigned(old, (byte) operand) < 0 ? (byte) operand : old;
        }
    },
    AMOSWAP_H(ZABHA, ATOMIC, 2, "00001 aqrl[1:0] rs2 rs1 001 rd 0101111") {
        @Override
        public long combine(long old, long operand) {
            return operand;
        }
    },
    AMOADD_H(ZABHA, ATOMIC, 2, "00000 aqrl[1:0] rs2 rs1 001 rd 0101111") {
        @Override
        public long combine(long old, long operand) {
            return old + operand;
        }
    },
    AMOXOR_H(ZABHA, ATOMIC, 2, "00100 aqrl[1:0] rs2 rs1 001 rd 0101111") {
        @Override
        public long combine(long old, long operand) {
            return old ^ operand;
        }
    },
    AMOAND_H(ZABHA, ATOMIC, 2, "01100 aqrl[1:0] rs2 rs1 001 rd 0101111") {
        @Override
        public long combine(long old, long operand) {
            return old & operand;
        }
    },
    AMOOR_H(ZABHA, ATOMIC, 2, "01000 aqrl[1:0] rs2 rs1 001 rd 0101111") {
        @Override
        public long combine(long old, long operand) {
            return old | operand;
        }
    },
    AMOMIN_H(ZABHA, ATOMIC, 2, "10000 aqrl[1:0] rs2 rs1 001 rd 0101111") {
        @Override
        public long combine(long old, long operand) {
            return Math.min(old, (short) operand);
        }
    },
    AMOMAX_H(ZABHA, ATOMIC, 2, "10100 aqrl[1:0] rs2 rs1 001 rd 0101111") {
        @Override
        public long combine(long old, long operand) {
            return Math.max(old, (short) operand);
        }
    },
    AMOMINU_H(ZABHA, ATOMIC, 2, "11000 aqrl[1:0] rs2 rs1 001 rd 0101111") {
        @Override
        public long combine(long old, long operand) {
            return Long.compareUnsigned(old, (short) operand) < 0 ? old : (short) operand;
        }
    },
    AMOMAXU_H(ZABHA, ATOMIC, 2, "11100 aqrl[1:0] rs2 rs1 001 rd 0101111") {
        @Override
        public long combine(long old, long operand) {
            return Long.compareUnsigned(old, (short) operand) < 0 ? (short) operand : old;
        }
    },
    AMOCAS_B(ZABHA, ATOMIC_COMPARE, 1, "00101 aqrl[1:0] rs2 rs1 000 rd 0101111") {
        @Override
        public long combine(long old, long operand) {
            return operand;
        }
    },
    AMOCAS_H(ZABHA, ATOMIC_COMPARE, 2, "00101 aqrl[1:0] rs2 rs1 001 rd 0101111") {
        @Override
        public long combine(long old, long operand) {
            return operand;
        }
    },
    AMOCAS_W(ZACAS, ATOMIC_COMPARE, 4, "00101 aqrl[1:0] rs2 rs1 010 rd 0101111") {
        @Override
        public long combine(long old, long operand) {
            return operand;
        }
    },
    AMOCAS_D(ZACAS, ATOMIC_COMPARE, 8, "00101 aqrl[1:0] rs2 rs1 011 rd 0101111") {
        @Override
        public long combine(long old, long operand) {
            return operand;
        }
    },
    AMOCAS_Q(ZACAS, ATOMIC_PAIR, 16, "00101 aqrl[1:0] rs2+ rs1 100 rd+ 0101111") {
        @Override
        public long combine(long old, long operand) {
            return operand;
        }
    };

    private final Row row;
    private final int size;

    AtomicOp(Format format, int size, String pattern) {
        this(Extension.RV_A, format, size, pattern);
    }

    AtomicOp(Extension extension, Format format, int size, String pattern) {
        row = Row.of(name(), extension, format, pattern);
        this.size = size;
    }

    /// Width of the access in bytes, 1 to 16.
    public int size() {
        return size;
    }

    public boolean loadReserved() {
        return this == LR_W || this == LR_D;
    }

    /// Whether it stores only if memory holds what rd does.
    public boolean comparing() {
        return row.format().readsDestination();
    }

    /// Whether its operands are pairs of registers.
    public boolean paired() {
        return this == AMOCAS_Q;
    }

    public boolean storeConditional() {
        return this == SC_W || this == SC_D;
    }

    /// Value whose low [#size()] bytes are to be stored for the value `old` in memory, sign-extended (which keeps
    /// unsigned order too), and `operand`, the whole of rs2. Load-reserved gives `old`, store-conditional and
    /// compare-and-swap `operand`.
    public abstract long combine(long old, long operand);

    @Override
    public Row row() {
        return row;
    }
}
