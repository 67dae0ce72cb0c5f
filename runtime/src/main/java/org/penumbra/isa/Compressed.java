// SPDX-License-Identifier: Apache-2.0
package org.penumbra.isa;

import java.util.ArrayList;
import java.util.List;

/// Decoder of the 16-bit instructions: rows by quadrant and funct3, then linear.
final class Compressed {
    private static final CompressedOp[][] TABLE = new CompressedOp[32][];

    static {
        var buckets = new ArrayList<List<CompressedOp>>();
        for (int i = 0; i < TABLE.length; i++) {
            buckets.add(new ArrayList<>());
        }
        for (CompressedOp row : CompressedOp.values()) {
            buckets.get(index(row.pattern().match())).add(row);
        }
        for (int i = 0; i < TABLE.length; i++) {
            TABLE[i] = buckets.get(i).toArray(CompressedOp[]::new);
        }
    }

    private Compressed() {
    }

    private static int index(int half) {
        return half >>> 13 << 2 | half & 3;
    }

    /// Expansion of `half`, a number of 16 bits; [SystemOp#ILLEGAL] if it is reserved.
    static Instruction decode(int half) {
        CompressedOp row = row(half);
        return row == null ? Decoder.illegal(half, 2) : row.expand(half);
    }

    /// Row that `half` matches, or null if it is reserved.
    static CompressedOp row(int half) {
        for (CompressedOp row : TABLE[index(half)]) {
            if (row.pattern().matches(half)) {
                return row;
            }
        }
        return null;
    }
}
