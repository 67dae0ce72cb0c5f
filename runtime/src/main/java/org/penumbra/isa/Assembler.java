// SPDX-License-Identifier: Apache-2.0
package org.penumbra.isa;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;

/// Reader of assembler text, the inverse of [Disassembler]: for guests of tests and measurements.
///
/// Each line holds a label with a colon, an instruction or directive, or both; `#` begins a comment. Mnemonics and
/// operands are those of the rows, so that what has a row can be assembled. Besides there are
/// - the pseudo-instructions `nop`, `li`, `la`, `mv`, `not`, `neg`, `seqz`, `snez`, `j`, `jr`, `ret`, `beqz`, `bnez`,
///   `csrr`, `csrw`, `csrs`, `csrc`, `csrwi`, `csrsi`, `csrci`; `li` is as long as its value needs;
/// - the directives `.half`, `.word`, `.dword`, each with values, and `.align` and `.org`, which fill with zeros up to
///   a multiple of so many bytes and to an offset from the base.
///
/// A number is an expression of numbers, letters in single quotes, labels, symbols and `pc` with `+` and `-`. That of
/// `li` and of `.org` uses what has been defined before it.
public final class Assembler {
    private static final int DYNAMIC = 7;
    private static final Map<String, Operation> OPERATIONS = new HashMap<>();
    private static final Map<String, Integer> INTEGER_REGISTERS = new HashMap<>();
    private static final Map<String, Integer> FLOAT_REGISTERS = new HashMap<>();
    private static final List<String> ROUNDING_MODES = List.of("rne", "rtz", "rdn", "rup", "rmm", "rm5", "rm6", "dyn");
    private static final List<String> ORDERINGS = List.of("", ".rl", ".aq", ".aqrl");

    static {
        for (Operation op : Operation.all()) {
            OPERATIONS.put(op.mnemonic(), op);
        }
        OPERATIONS.remove(SystemOp.ILLEGAL.mnemonic());
        for (int i = 0; i < 32; i++) {
            INTEGER_REGISTERS.put("x" + i, i);
            INTEGER_REGISTERS.put(Disassembler.integerRegister(i), i);
            FLOAT_REGISTERS.put("f" + i, i);
            FLOAT_REGISTERS.put(Disassembler.floatRegister(i), i);
        }
        INTEGER_REGISTERS.put("fp", INTEGER_REGISTERS.get("s0"));
    }

    private record Line(int number, long address, String name, String operands) {
    }

    private final long base;
    private final ToIntFunction<String> csrNumber;
    private final Map<String, Long> symbols = new HashMap<>();
    private final List<Line> lines = new ArrayList<>();
    private ByteBuffer code;
    private long end;

    /// @param base      address of the first byte
    /// @param csrNumber gives the numbers of CSRs by name; a negative one, or an exception, for a name that there is
    ///                  not
    public Assembler(long base, ToIntFunction<String> csrNumber) {
        this.base = base;
        this.csrNumber = csrNumber;
    }

    /// For text in which CSRs are numbers.
    public Assembler(long base) {
        this(base, name -> -1);
    }

    /// Bytes of `text` at `base`.
    ///
    /// @throws IllegalArgumentException with number and text of the line that is wrong
    public static byte[] assemble(long base, String text) {
        return new Assembler(base).assemble(text);
    }

    /// Gives a name to a value.
    public Assembler define(String name, long value) {
        symbols.put(name, value);
        return this;
    }

    /// Value of a symbol or address of a label of the text that has been assembled.
    ///
    /// @throws IllegalArgumentException if there is none
    public long value(String name) {
        Long value = symbols.get(name);
        if (value == null) {
            throw new IllegalArgumentException("no symbol '" + name + "'");
        }
        return value;
    }

    /// Bytes of `text`; as [#assemble(long, String)].
    public byte[] assemble(String text) {
        lines.clear();
        end = base;
        int number = 0;
        for (String line : text.split("\n", -1)) {
            int current = ++number;
            located(current, line, () -> place(current, line.split("#", 2)[0].strip()));
        }
        code = ByteBuffer.allocate(Math.toIntExact(end - base)).order(ByteOrder.LITTLE_ENDIAN);
        for (Line line : lines) {
            located(line.number, line.name + " " + line.operands, () -> emit(line));
        }
        return code.array();
    }

    private static void located(int number, String text, Runnable work) {
        try {
            work.run();
        } catch (RuntimeException e) {
            throw new IllegalArgumentException("line " + number + ", '" + text.strip() + "': " + e.getMessage(), e);
        }
    }

    /// First pass: gives labels their addresses.
    private void place(int number, String line) {
        int colon = line.indexOf(':');
        String rest = line;
        if (colon >= 0) {
            define(line.substring(0, colon).strip(), end);
            rest = line.substring(colon + 1).strip();
        }
        if (rest.isEmpty()) {
            return;
        }
        String[] parts = rest.split("\\s+", 2);
        var placed = new Line(number, end, parts[0], parts.length == 1 ? "" : parts[1]);
        lines.add(placed);
        end += size(placed);
    }

    private long size(Line line) {
        String[] operands = operands(line);
        return switch (line.name) {
            case ".half" -> 2L * operands.length;
            case ".word" -> 4L * operands.length;
            case ".dword" -> 8L * operands.length;
            case ".align" -> Math.floorMod(-(line.address - base), number(operands[0], line.address));
            case ".org" -> forward(base + number(operands[0], line.address) - line.address);
            case "li" -> 4L * constant(0, number(operands[1], line.address)).size();
            case "la" -> 8;
            default -> 4;
        };
    }

    private static long forward(long distance) {
        if (distance < 0) {
            throw new IllegalArgumentException("the code is there already");
        }
        return distance;
    }

    // ---- instructions

    private void emit(Line line) {
        code.position(Math.toIntExact(line.address - base));
        String[] operands = operands(line);
        long pc = line.address;
        switch (line.name) {
            case ".half" -> Arrays.stream(operands).forEach(value -> code.putShort((short) number(value, pc)));
            case ".word" -> Arrays.stream(operands).forEach(value -> code.putInt((int) number(value, pc)));
            case ".dword" -> Arrays.stream(operands).forEach(value -> code.putLong(number(value, pc)));
            case ".align", ".org" -> { }
            case "li" -> constant(register(operands[0]), number(operands[1], pc)).forEach(code::putInt);
            case "la" -> {
                int rd = register(operands[0]);
                long distance = number(operands[1], pc) - pc;
                code.putInt(UpperOp.AUIPC.encode(rd, 0, 0, 0, 0, upper(distance)));
                code.putInt(ImmediateOp.ADDI.encode(rd, rd, 0, 0, 0, lower(distance)));
            }
            default -> code.putInt(instruction(line, operands));
        }
    }

    private static long lower(long value) {
        return value << 52 >> 52;
    }

    private static long upper(long value) {
        return value - lower(value);
    }

    /// Instructions that load a constant.
    private static List<Integer> constant(int rd, long value) {
        if (lower(value) == value) {
            return List.of(ImmediateOp.ADDI.encode(rd, 0, 0, 0, 0, value));
        }
        var words = new ArrayList<Integer>();
        if ((int) value == value) {
            words.add(UpperOp.LUI.encode(rd, 0, 0, 0, 0, (int) upper(value)));
            words.add(ImmediateOp.ADDIW.encode(rd, rd, 0, 0, 0, lower(value)));
            return words;
        }
        words.addAll(constant(rd, upper(value) >> 12));
        words.add(ImmediateOp.SLLI.encode(rd, rd, 0, 0, 0, 12));
        words.add(ImmediateOp.ADDI.encode(rd, rd, 0, 0, 0, lower(value)));
        return words;
    }

    private int instruction(Line line, String[] given) {
        String text = expansion(line.name, given);
        if (text != null) {
            String[] parts = text.split(" ", 2);
            var plain = new Line(line.number, line.address, parts[0], parts.length == 1 ? "" : parts[1]);
            return instruction(plain, operands(plain));
        }
        String mnemonic = line.name;
        int suffix = 0;
        int dot = mnemonic.lastIndexOf('.');
        if (mnemonic.matches(".*\\.\\d+") && OPERATIONS.containsKey(mnemonic.substring(0, dot))) {
            suffix = Integer.parseInt(mnemonic.substring(dot + 1));
            mnemonic = mnemonic.substring(0, dot);
        }
        for (int i = 1; i < ORDERINGS.size(); i++) {
            String plain = mnemonic.endsWith(ORDERINGS.get(i))
                    ? mnemonic.substring(0, mnemonic.length() - ORDERINGS.get(i).length()) : "";
            if (OPERATIONS.get(plain) instanceof AtomicOp) {
                mnemonic = plain;
                suffix = i;
                break;
            }
        }
        Operation op = OPERATIONS.get(mnemonic);
        if (op == null) {
            throw new IllegalArgumentException("no instruction of this name");
        }
        return new Operands(op, line.address, suffix).encode(given);
    }

    /// The instruction that a pseudo-instruction stands for, or null.
    private static String expansion(String name, String[] o) {
        return switch (name) {
            case "nop" -> "addi x0, x0, 0";
            case "mv" -> "addi " + o[0] + ", " + o[1] + ", 0";
            case "not" -> "xori " + o[0] + ", " + o[1] + ", -1";
            case "neg" -> "sub " + o[0] + ", x0, " + o[1];
            case "seqz" -> "sltiu " + o[0] + ", " + o[1] + ", 1";
            case "snez" -> "sltu " + o[0] + ", x0, " + o[1];
            case "j" -> "jal x0, " + o[0];
            case "jr" -> "jalr x0, 0(" + o[0] + ")";
            case "ret" -> "jalr x0, 0(ra)";
            case "beqz", "bnez" -> name.substring(0, 3) + " " + o[0] + ", x0, " + o[1];
            case "csrr" -> "csrrs " + o[0] + ", " + o[1] + ", x0";
            case "csrw", "csrs", "csrc" -> "csrr" + name.charAt(3) + " x0, " + o[0] + ", " + o[1];
            case "csrwi", "csrsi", "csrci" -> "csrr" + name.substring(3) + " x0, " + o[0] + ", " + o[1];
            default -> null;
        };
    }

    /// Operands of one instruction as its row's format lists them.
    private final class Operands {
        private final Operation op;
        private final long pc;
        private int rd;
        private int rs1;
        private int rs2;
        private int rs3;
        private int rm = DYNAMIC;
        private long immediate;

        Operands(Operation op, long pc, int suffix) {
            this.op = op;
            this.pc = pc;
            this.immediate = suffix;
        }

        int encode(String[] given) {
            List<String> wanted = words(op.format().operands());
            List<String> texts = new ArrayList<>(List.of(given));
            if (texts.size() == wanted.size() - 1 && wanted.contains("rm")) {
                texts.add("dyn");
            }
            if (texts.size() != wanted.size()) {
                throw new IllegalArgumentException("wants operands '" + op.format().operands() + "'");
            }
            for (int i = 0; i < wanted.size(); i++) {
                set(wanted.get(i), texts.get(i));
            }
            return op.encode(rd, rs1, rs2, rs3, op.pattern().hasRm() ? rm : 0, immediate);
        }

        private void set(String word, String text) {
            switch (word) {
                case "rd" -> rd = register(text);
                case "rs1" -> rs1 = register(text);
                case "rs2" -> rs2 = register(text);
                case "frd" -> rd = floatRegister(text);
                case "frs1" -> rs1 = floatRegister(text);
                case "frs2" -> rs2 = floatRegister(text);
                case "frs3" -> rs3 = floatRegister(text);
                case "rm" -> rm = found(ROUNDING_MODES.indexOf(text), text);
                case "imm", "uimm" -> immediate = number(text, pc);
                case "upper" -> immediate = (int) (number(text, pc) << 12);
                case "target" -> immediate = number(text, pc) - pc;
                case "csr" -> immediate = csr(text);
                case "zimm" -> rs1 = Math.toIntExact(number(text, pc));
                case "pred" -> immediate |= accesses(text) << 4;
                case "succ" -> immediate |= accesses(text);
                default -> throw new IllegalArgumentException("unknown operand '" + word + "'");
            }
        }
    }

    // ---- operands

    private static String[] operands(Line line) {
        return words(line.operands).toArray(String[]::new);
    }

    private static List<String> words(String text) {
        return Arrays.stream(text.split("[,()]")).map(String::strip).filter(word -> !word.isEmpty()).toList();
    }

    private static int found(int index, String text) {
        if (index < 0) {
            throw new IllegalArgumentException("unknown '" + text + "'");
        }
        return index;
    }

    private static int register(String name) {
        return found(INTEGER_REGISTERS.getOrDefault(name, -1), name);
    }

    private static int floatRegister(String name) {
        return found(FLOAT_REGISTERS.getOrDefault(name, -1), name);
    }

    private int csr(String text) {
        return Character.isDigit(text.charAt(0)) ? (int) literal(text) : found(csrNumber.applyAsInt(text), text);
    }

    private static long accesses(String text) {
        long set = 0;
        for (char c : text.equals("0") ? new char[0] : text.toCharArray()) {
            set |= 8 >> found("iorw".indexOf(c), text);
        }
        return set;
    }

    /// Value of an expression in the instruction at `pc`.
    private long number(String text, long pc) {
        long sum = 0;
        for (String term : text.replace(" ", "").split("(?=[+-])")) {
            boolean negative = term.startsWith("-");
            String plain = negative || term.startsWith("+") ? term.substring(1) : term;
            long value = plain.equals("pc") ? pc : isLiteral(plain) ? literal(plain) : value(plain);
            sum += negative ? -value : value;
        }
        return sum;
    }

    private static boolean isLiteral(String text) {
        return Character.isDigit(text.charAt(0)) || text.matches("'.'");
    }

    private static long literal(String text) {
        if (text.startsWith("'")) {
            return text.charAt(1);
        }
        return text.startsWith("0x") ? Long.parseUnsignedLong(text.substring(2).replace("_", ""), 16)
                : Long.parseUnsignedLong(text.replace("_", ""));
    }
}
