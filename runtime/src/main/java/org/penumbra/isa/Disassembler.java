// SPDX-License-Identifier: Apache-2.0
package org.penumbra.isa;

import java.util.function.IntFunction;

/// Writer of assembler text, `addi a0, sp, 16`, from the operands that an operation's [Format] lists.
///
/// Registers have their ABI names; a compressed instruction is shown as the base instruction that it stands for.
/// Text without a pc shows targets as `pc + 16`.
public final class Disassembler {
    private static final String[] INTEGER = {"zero", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "s0", "s1", "a0", "a1",
        "a2", "a3", "a4", "a5", "a6", "a7", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "t3", "t4",
        "t5", "t6"};
    private static final String[] FLOAT = {"ft0", "ft1", "ft2", "ft3", "ft4", "ft5", "ft6", "ft7", "fs0", "fs1", "fa0",
        "fa1", "fa2", "fa3", "fa4", "fa5", "fa6", "fa7", "fs2", "fs3", "fs4", "fs5", "fs6", "fs7", "fs8", "fs9",
        "fs10", "fs11", "ft8", "ft9", "ft10", "ft11"};
    private static final String[] ROUNDING_MODES = {"rne", "rtz", "rdn", "rup", "rmm", "rm5", "rm6", "dyn"};
    private static final String[] ORDERINGS = {"", ".rl", ".aq", ".aqrl"};

    private Disassembler() {
    }

    /// ABI name of integer register `number`, such as `a0`.
    public static String integerRegister(int number) {
        return INTEGER[number];
    }

    /// ABI name of float register `number`, such as `fa0`.
    public static String floatRegister(int number) {
        return FLOAT[number];
    }

    /// Text with targets relative to the pc and CSRs by number.
    public static String text(Instruction instruction) {
        return text(instruction, Disassembler::relative, Disassembler::csrNumber);
    }

    /// Text of an instruction at `pc`, with CSRs by number.
    public static String text(Instruction instruction, long pc) {
        return text(instruction, pc, Disassembler::csrNumber);
    }

    /// Text of an instruction at `pc`; `csrName` gives the names of CSRs.
    public static String text(Instruction instruction, long pc, IntFunction<String> csrName) {
        return text(instruction, offset -> "0x" + Long.toHexString(pc + offset), csrName);
    }

    private interface Target {
        String of(long offset);
    }

    private static String relative(long offset) {
        return offset < 0 ? "pc - " + -offset : "pc + " + offset;
    }

    private static String csrNumber(int number) {
        return "0x" + Integer.toHexString(number);
    }

    private static String text(Instruction instruction, Target target, IntFunction<String> csrName) {
        Operation op = instruction.op();
        if (op == SystemOp.ILLEGAL) {
            return instruction.length() == 2
                    ? ".half 0x%04x".formatted(instruction.bits()) : ".word 0x%08x".formatted(instruction.bits());
        }
        var text = new StringBuilder(op.mnemonic());
        if (op instanceof AtomicOp) {
            text.append(ORDERINGS[(int) instruction.immediate()]);
        }
        if (op.format().isNumbered()) {
            text.append('.').append(instruction.immediate());
        }
        String operands = op.format().operands();
        if (!operands.isEmpty()) {
            text.append(' ');
        }
        int start = 0;
        while (start < operands.length()) {
            int end = start;
            while (end < operands.length() && Character.isLetterOrDigit(operands.charAt(end))) {
                end++;
            }
            if (end == start) {
                text.append(operands.charAt(start++));
            } else {
                text.append(operand(operands.substring(start, end), instruction, target, csrName));
                start = end;
            }
        }
        if (op.format().operands().endsWith(", rm") && instruction.rm() == 7) {
            text.setLength(text.length() - ", dyn".length());
        }
        return text.toString();
    }

    private static String operand(String word, Instruction instruction, Target target, IntFunction<String> csrName) {
        long immediate = instruction.immediate();
        return switch (word) {
            case "rd" -> INTEGER[instruction.rd()];
            case "rs1" -> INTEGER[instruction.rs1()];
            case "rs2" -> INTEGER[instruction.rs2()];
            case "frd" -> FLOAT[instruction.rd()];
            case "frs1" -> FLOAT[instruction.rs1()];
            case "frs2" -> FLOAT[instruction.rs2()];
            case "frs3" -> FLOAT[instruction.rs3()];
            case "rm" -> ROUNDING_MODES[instruction.rm()];
            case "imm", "uimm" -> Long.toString(immediate);
            case "upper" -> "0x" + Long.toHexString(immediate >>> 12 & 0xfffff);
            case "target" -> target.of(immediate);
            case "csr" -> csrName.apply((int) immediate);
            case "zimm" -> Integer.toString(instruction.rs1());
            case "pred" -> accesses((int) immediate >> 4);
            case "succ" -> accesses((int) immediate);
            default -> throw new IllegalArgumentException("unknown operand '" + word + "'");
        };
    }

    /// Set of a fence: input, output, reads and writes, or 0 if none.
    private static String accesses(int set) {
        var text = new StringBuilder();
        for (int i = 0; i < 4; i++) {
            if ((set & 8 >> i) != 0) {
                text.append("iorw".charAt(i));
            }
        }
        return text.isEmpty() ? "0" : text.toString();
    }
}
