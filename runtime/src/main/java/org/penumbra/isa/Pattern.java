// SPDX-License-Identifier: Apache-2.0
package org.penumbra.isa;

import java.util.ArrayList;
import java.util.List;

/// Bit pattern of an instruction, parsed from one line written as the manual's tables write it, highest bit first:
/// `imm[11:5] rs2 rs1 000 imm[4:0] 0100011`.
///
/// Words of the line:
/// - `0`, `1`: bits that must have this value; `*`: bits that are ignored;
/// - `rd rs1 rs2 rs3` (5 bits) and `rm` (3 bits): fields; `zimm` stands in the place of rs1; a prime (`rd'`) makes a
///   register field of 3 bits that names x8 to x15; a plus (`rd+`) allows even registers only; `rd/rs1` is one field
///   that gives both; `rd!=2` excludes a value;
/// - `imm[12|10:5]`: bits of the immediate, listed from the highest of the field to the lowest. `imm` and `nzimm`
///   are sign-extended from their highest bit, `uimm`, `nzuimm`, `shamt` and `aqrl` are not, and `nz` excludes zero;
///   `csr` is short for `uimm[11:0]`.
///
/// The line has 32 bits, or 16 for a compressed instruction.
public final class Pattern {
    /// Pattern of no instruction at all.
    static final Pattern NOTHING = new Pattern();

    private static final int RD = 0, RS1 = 1, RS2 = 2, RS3 = 3, RM = 4, FIELDS = 5;
    private static final List<String> FIELD_NAMES = List.of("rd", "rs1", "rs2", "rs3", "rm");

    private final String text;
    private final int width;
    private final int mask;
    private final int match;
    private final Field[] fields = new Field[FIELDS];
    private final Segment[] segments;
    private final int signBit;
    private final boolean immediateNonzero;

    /// Field of `width` bits from bit `shift` upwards, naming `bias` + its value; `excluded` is no legal value, or -1.
    private record Field(int shift, int width, int bias, int excluded) {
        int get(int bits) {
            return (bits >>> shift & (1 << width) - 1) + bias;
        }
    }

    /// Bits of the immediate: `width` bits from bit `from` of the instruction go to bit `to` of the immediate.
    private record Segment(int from, int to, int width) {
        long mask() {
            return (1L << width) - 1;
        }
    }

    private Pattern() {
        text = "";
        width = 32;
        mask = 0;
        match = 1;
        segments = new Segment[0];
        signBit = -1;
        immediateNonzero = false;
    }

    /// Parses `text`.
    ///
    /// @throws IllegalArgumentException if it is not a pattern of 16 or 32 bits
    public Pattern(String text) {
        this.text = text;
        var parts = new ArrayList<Segment>();
        int fixed = 0, value = 0, top = -1;
        boolean signed = false, nonzero = false;
        String[] words = text.trim().split(" +");
        int position = 0;
        for (int i = words.length - 1; i >= 0; i--) {
            String word = words[i];
            if (word.equals("csr")) {
                word = "uimm[11:0]";
            }
            if (word.matches("[01*]+")) {
                for (int k = word.length() - 1; k >= 0; k--, position++) {
                    if (word.charAt(k) != '*') {
                        fixed |= 1 << position;
                        value |= (word.charAt(k) - '0') << position;
                    }
                }
            } else if (word.endsWith("]")) {
                int bracket = word.indexOf('[');
                String name = word.substring(0, bracket);
                String[] ranges = word.substring(bracket + 1, word.length() - 1).split("\\|");
                for (int k = ranges.length - 1; k >= 0; k--) {
                    String[] ends = ranges[k].split(":");
                    int high = Integer.parseInt(ends[0]);
                    int low = Integer.parseInt(ends[ends.length - 1]);
                    parts.add(new Segment(position, low, high - low + 1));
                    position += high - low + 1;
                    top = Math.max(top, high);
                }
                signed |= name.equals("imm") || name.equals("nzimm");
                nonzero |= name.startsWith("nz");
            } else {
                if (word.endsWith("+")) {
                    fixed |= 1 << position;
                    word = word.substring(0, word.length() - 1);
                }
                position += addFields(word, position);
            }
        }
        if (position != 32 && position != 16) {
            throw new IllegalArgumentException("pattern of " + position + " bits: " + text);
        }
        width = position;
        mask = fixed;
        match = value;
        segments = parts.toArray(Segment[]::new);
        signBit = signed ? top : -1;
        immediateNonzero = nonzero;
    }

    private int addFields(String word, int position) {
        int excludes = word.indexOf("!=");
        int excluded = excludes < 0 ? -1 : Integer.parseInt(word.substring(excludes + 2));
        int bits = 0;
        for (String name : (excludes < 0 ? word : word.substring(0, excludes)).split("/")) {
            boolean prime = name.endsWith("'");
            String plain = prime ? name.substring(0, name.length() - 1) : name;
            int index = plain.equals("zimm") ? RS1 : FIELD_NAMES.indexOf(plain);
            if (index < 0) {
                throw new IllegalArgumentException("unknown word '" + word + "' in pattern " + text);
            }
            bits = index == RM || prime ? 3 : 5;
            fields[index] = new Field(position, bits, prime ? 8 : 0, excluded);
        }
        return bits;
    }

    /// Bits whose value is fixed.
    public int mask() {
        return mask;
    }

    /// Values of the fixed bits; zero elsewhere.
    public int match() {
        return match;
    }

    /// Length of the instruction in bits, 16 or 32.
    public int width() {
        return width;
    }

    /// Tells if `bits` is an instruction of this pattern: fixed bits as they must be, no excluded value in a field.
    public boolean matches(int bits) {
        if ((bits & mask) != match) {
            return false;
        }
        for (Field field : fields) {
            if (field != null && field.excluded >= 0 && field.get(bits) == field.excluded) {
                return false;
            }
        }
        return !immediateNonzero || immediate(bits) != 0;
    }

    /// Tells if some word matches both patterns' fixed bits.
    public boolean overlaps(Pattern other) {
        int common = mask & other.mask;
        return width == other.width && this != NOTHING && other != NOTHING && (match & common)
                == (other.match & common);
    }

    public boolean hasRd() {
        return fields[RD] != null;
    }

    public boolean hasRs1() {
        return fields[RS1] != null;
    }

    public boolean hasRs2() {
        return fields[RS2] != null;
    }

    public boolean hasRs3() {
        return fields[RS3] != null;
    }

    public boolean hasRm() {
        return fields[RM] != null;
    }

    public boolean hasImmediate() {
        return segments.length > 0;
    }

    /// Field rd of `bits`, or 0 if the pattern has none; likewise the following.
    public int rd(int bits) {
        return get(RD, bits);
    }

    public int rs1(int bits) {
        return get(RS1, bits);
    }

    public int rs2(int bits) {
        return get(RS2, bits);
    }

    public int rs3(int bits) {
        return get(RS3, bits);
    }

    public int rm(int bits) {
        return get(RM, bits);
    }

    private int get(int index, int bits) {
        Field field = fields[index];
        return field == null ? 0 : field.get(bits);
    }

    /// Immediate of `bits`, extended to 64 bits, or 0 if the pattern has none.
    public long immediate(int bits) {
        long immediate = 0;
        for (Segment segment : segments) {
            immediate |= (bits >>> segment.from & segment.mask()) << segment.to;
        }
        return signBit < 0 ? immediate : immediate << 63 - signBit >> 63 - signBit;
    }

    /// Instruction of this pattern with these operands; those it has no field for are ignored.
    ///
    /// @throws IllegalArgumentException if an operand cannot be expressed
    public int encode(int rd, int rs1, int rs2, int rs3, int rm, long immediate) {
        if (this == NOTHING) {
            throw new IllegalArgumentException("an illegal instruction has no encoding");
        }
        int bits = match;
        int[] values = {rd, rs1, rs2, rs3, rm};
        for (int i = 0; i < FIELDS; i++) {
            Field field = fields[i];
            if (field != null) {
                bits |= (values[i] - field.bias & (1 << field.width) - 1) << field.shift;
            }
        }
        for (Segment segment : segments) {
            bits |= (int) ((immediate >>> segment.to & segment.mask()) << segment.from);
        }
        boolean exact = matches(bits) && (!hasImmediate() || immediate(bits) == immediate);
        for (int i = 0; i < FIELDS; i++) {
            exact &= fields[i] == null || get(i, bits) == values[i];
        }
        if (!exact) {
            throw new IllegalArgumentException("operands rd=" + rd + " rs1=" + rs1 + " rs2=" + rs2 + " rs3=" + rs3
                    + " rm=" + rm + " immediate=" + immediate + " do not fit " + text);
        }
        return bits;
    }

    /// The line that the pattern was parsed from.
    @Override
    public String toString() {
        return text;
    }
}
