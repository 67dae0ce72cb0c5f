// SPDX-License-Identifier: Apache-2.0
package org.penumbra.isa;

import java.util.ArrayList;
import java.util.List;

/// Decoder of instruction words: rows by major opcode and funct3, then linear over the few that are left.
public final class Decoder {
    private static final Entry[][] TABLE = new Entry[256][];

    /// Row with what matching needs close at hand.
    private record Entry(int mask, int match, Operation op, Pattern pattern) {
    }

    static {
        var buckets = new ArrayList<List<Entry>>();
        for (int i = 0; i < TABLE.length; i++) {
            buckets.add(new ArrayList<>());
        }
        int keyMask = 0x1f << 2 | 7 << 12;
        for (Operation op : Operation.all()) {
            Pattern pattern = op.pattern();
            if (op == SystemOp.ILLEGAL) {
                continue;
            }
            for (int i = 0; i < TABLE.length; i++) {
                int key = i >>> 3 << 2 | (i & 7) << 12;
                if ((key & pattern.mask()) == (pattern.match() & keyMask)) {
                    buckets.get(i).add(new Entry(pattern.mask(), pattern.match(), op, pattern));
                }
            }
        }
        for (int i = 0; i < TABLE.length; i++) {
            TABLE[i] = buckets.get(i).toArray(Entry[]::new);
        }
    }

    private Decoder() {
    }

    /// Length in bytes of the instruction that starts with `bits`: 2 or 4. Longer encodings count as 4, all illegal.
    public static int length(int bits) {
        return (bits & 3) == 3 ? 4 : 2;
    }

    /// Instruction that `bits` starts with; a compressed one takes the low 16 bits. Never throws: what is reserved or
    /// not implemented gives [SystemOp#ILLEGAL].
    public static Instruction decode(int bits) {
        if (length(bits) == 2) {
            return Compressed.decode(bits & 0xffff);
        }
        for (Entry entry : TABLE[(bits >>> 2 & 0x1f) << 3 | bits >>> 12 & 7]) {
            if ((bits & entry.mask) == entry.match) {
                Pattern pattern = entry.pattern;
                return new Instruction(entry.op, pattern.rd(bits), pattern.rs1(bits), pattern.rs2(bits),
                        pattern.rs3(bits), pattern.rm(bits), pattern.immediate(bits), 4, bits);
            }
        }
        return illegal(bits, 4);
    }

    /// Extension that brings the instruction `bits`, that of the compressed form if it is one.
    public static Extension extension(int bits) {
        CompressedOp row = length(bits) == 2 ? Compressed.row(bits & 0xffff) : null;
        return row != null ? row.extension() : decode(bits).op().extension();
    }

    static Instruction illegal(int bits, int length) {
        return new Instruction(SystemOp.ILLEGAL, 0, 0, 0, 0, 0, 0, length, bits);
    }
}
