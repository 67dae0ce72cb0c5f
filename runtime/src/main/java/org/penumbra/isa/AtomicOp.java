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
    LR_W(LOAD_RESERVED, 4, Stored.OLD, "00010 aqrl[1:0] 00000 rs1 010 rd 0101111"),
    SC_W(ATOMIC, 4, Stored.OPERAND, "00011 aqrl[1:0] rs2 rs1 010 rd 0101111"),
    AMOSWAP_W(ATOMIC, 4, Stored.OPERAND, "00001 aqrl[1:0] rs2 rs1 010 rd 0101111"),
    AMOADD_W(ATOMIC, 4, Stored.SUM, "00000 aqrl[1:0] rs2 rs1 010 rd 0101111"),
    AMOXOR_W(ATOMIC, 4, Stored.XOR, "00100 aqrl[1:0] rs2 rs1 010 rd 0101111"),
    AMOAND_W(ATOMIC, 4, Stored.AND, "01100 aqrl[1:0] rs2 rs1 010 rd 0101111"),
    AMOOR_W(ATOMIC, 4, Stored.OR, "01000 aqrl[1:0] rs2 rs1 010 rd 0101111"),
    AMOMIN_W(ATOMIC, 4, Stored.MINIMUM, "10000 aqrl[1:0] rs2 rs1 010 rd 0101111"),
    AMOMAX_W(ATOMIC, 4, Stored.MAXIMUM, "10100 aqrl[1:0] rs2 rs1 010 rd 0101111"),
    AMOMINU_W(ATOMIC, 4, Stored.UNSIGNED_MINIMUM, "11000 aqrl[1:0] rs2 rs1 010 rd 0101111"),
    AMOMAXU_W(ATOMIC, 4, Stored.UNSIGNED_MAXIMUM, "11100 aqrl[1:0] rs2 rs1 010 rd 0101111"),
    LR_D(LOAD_RESERVED, 8, Stored.OLD, "00010 aqrl[1:0] 00000 rs1 011 rd 0101111"),
    SC_D(ATOMIC, 8, Stored.OPERAND, "00011 aqrl[1:0] rs2 rs1 011 rd 0101111"),
    AMOSWAP_D(ATOMIC, 8, Stored.OPERAND, "00001 aqrl[1:0] rs2 rs1 011 rd 0101111"),
    AMOADD_D(ATOMIC, 8, Stored.SUM, "00000 aqrl[1:0] rs2 rs1 011 rd 0101111"),
    AMOXOR_D(ATOMIC, 8, Stored.XOR, "00100 aqrl[1:0] rs2 rs1 011 rd 0101111"),
    AMOAND_D(ATOMIC, 8, Stored.AND, "01100 aqrl[1:0] rs2 rs1 011 rd 0101111"),
    AMOOR_D(ATOMIC, 8, Stored.OR, "01000 aqrl[1:0] rs2 rs1 011 rd 0101111"),
    AMOMIN_D(ATOMIC, 8, Stored.MINIMUM, "10000 aqrl[1:0] rs2 rs1 011 rd 0101111"),
    AMOMAX_D(ATOMIC, 8, Stored.MAXIMUM, "10100 aqrl[1:0] rs2 rs1 011 rd 0101111"),
    AMOMINU_D(ATOMIC, 8, Stored.UNSIGNED_MINIMUM, "11000 aqrl[1:0] rs2 rs1 011 rd 0101111"),
    AMOMAXU_D(ATOMIC, 8, Stored.UNSIGNED_MAXIMUM, "11100 aqrl[1:0] rs2 rs1 011 rd 0101111"),
    AMOSWAP_B(ZABHA, ATOMIC, 1, Stored.OPERAND, "00001 aqrl[1:0] rs2 rs1 000 rd 0101111"),
    AMOADD_B(ZABHA, ATOMIC, 1, Stored.SUM, "00000 aqrl[1:0] rs2 rs1 000 rd 0101111"),
    AMOXOR_B(ZABHA, ATOMIC, 1, Stored.XOR, "00100 aqrl[1:0] rs2 rs1 000 rd 0101111"),
    AMOAND_B(ZABHA, ATOMIC, 1, Stored.AND, "01100 aqrl[1:0] rs2 rs1 000 rd 0101111"),
    AMOOR_B(ZABHA, ATOMIC, 1, Stored.OR, "01000 aqrl[1:0] rs2 rs1 000 rd 0101111"),
    AMOMIN_B(ZABHA, ATOMIC, 1, Stored.MINIMUM, "10000 aqrl[1:0] rs2 rs1 000 rd 0101111"),
    AMOMAX_B(ZABHA, ATOMIC, 1, Stored.MAXIMUM, "10100 aqrl[1:0] rs2 rs1 000 rd 0101111"),
    AMOMINU_B(ZABHA, ATOMIC, 1, Stored.UNSIGNED_MINIMUM, "11000 aqrl[1:0] rs2 rs1 000 rd 0101111"),
    AMOMAXU_B(ZABHA, ATOMIC, 1, Stored.UNSIGNED_MAXIMUM, "11100 aqrl[1:0] rs2 rs1 000 rd 0101111"),
    AMOSWAP_H(ZABHA, ATOMIC, 2, Stored.OPERAND, "00001 aqrl[1:0] rs2 rs1 001 rd 0101111"),
    AMOADD_H(ZABHA, ATOMIC, 2, Stored.SUM, "00000 aqrl[1:0] rs2 rs1 001 rd 0101111"),
    AMOXOR_H(ZABHA, ATOMIC, 2, Stored.XOR, "00100 aqrl[1:0] rs2 rs1 001 rd 0101111"),
    AMOAND_H(ZABHA, ATOMIC, 2, Stored.AND, "01100 aqrl[1:0] rs2 rs1 001 rd 0101111"),
    AMOOR_H(ZABHA, ATOMIC, 2, Stored.OR, "01000 aqrl[1:0] rs2 rs1 001 rd 0101111"),
    AMOMIN_H(ZABHA, ATOMIC, 2, Stored.MINIMUM, "10000 aqrl[1:0] rs2 rs1 001 rd 0101111"),
    AMOMAX_H(ZABHA, ATOMIC, 2, Stored.MAXIMUM, "10100 aqrl[1:0] rs2 rs1 001 rd 0101111"),
    AMOMINU_H(ZABHA, ATOMIC, 2, Stored.UNSIGNED_MINIMUM, "11000 aqrl[1:0] rs2 rs1 001 rd 0101111"),
    AMOMAXU_H(ZABHA, ATOMIC, 2, Stored.UNSIGNED_MAXIMUM, "11100 aqrl[1:0] rs2 rs1 001 rd 0101111"),
    AMOCAS_B(ZABHA, ATOMIC_COMPARE, 1, Stored.OPERAND, "00101 aqrl[1:0] rs2 rs1 000 rd 0101111"),
    AMOCAS_H(ZABHA, ATOMIC_COMPARE, 2, Stored.OPERAND, "00101 aqrl[1:0] rs2 rs1 001 rd 0101111"),
    AMOCAS_W(ZACAS, ATOMIC_COMPARE, 4, Stored.OPERAND, "00101 aqrl[1:0] rs2 rs1 010 rd 0101111"),
    AMOCAS_D(ZACAS, ATOMIC_COMPARE, 8, Stored.OPERAND, "00101 aqrl[1:0] rs2 rs1 011 rd 0101111"),
    AMOCAS_Q(ZACAS, ATOMIC_PAIR, 16, Stored.OPERAND, "00101 aqrl[1:0] rs2+ rs1 100 rd+ 0101111");

    /// What an operation stores, of the value in memory and its operand.
    private enum Stored {
        OLD, OPERAND, SUM, XOR, AND, OR, MINIMUM, MAXIMUM, UNSIGNED_MINIMUM, UNSIGNED_MAXIMUM
    }

    private final Row row;
    private final int size;
    private final Stored stored;

    AtomicOp(Format format, int size, Stored stored, String pattern) {
        this(Extension.RV_A, format, size, stored, pattern);
    }

    AtomicOp(Extension extension, Format format, int size, Stored stored, String pattern) {
        row = Row.of(name(), extension, format, pattern);
        this.size = size;
        this.stored = stored;
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
    public long combine(long old, long operand) {
        long other = extended(operand);
        return switch (stored) {
            case OLD -> old;
            case OPERAND -> other;
            case SUM -> old + other;
            case XOR -> old ^ other;
            case AND -> old & other;
            case OR -> old | other;
            case MINIMUM -> Math.min(old, other);
            case MAXIMUM -> Math.max(old, other);
            case UNSIGNED_MINIMUM -> Long.compareUnsigned(old, other) < 0 ? old : other;
            case UNSIGNED_MAXIMUM -> Long.compareUnsigned(old, other) < 0 ? other : old;
        };
    }

    /// The low [#size()] bytes of a value, sign-extended. Not for pairs.
    public long extended(long value) {
        int unused = Long.SIZE - 8 * size;
        return value << unused >> unused;
    }

    @Override
    public Row row() {
        return row;
    }
}
