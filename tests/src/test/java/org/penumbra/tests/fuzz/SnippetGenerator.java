// SPDX-License-Identifier: Apache-2.0
package org.penumbra.tests.fuzz;

import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.penumbra.isa.CsrOp;
import org.penumbra.isa.Decoder;
import org.penumbra.isa.FloatOp;
import org.penumbra.isa.ImmediateOp;
import org.penumbra.isa.Instruction;
import org.penumbra.isa.LoadOp;
import org.penumbra.isa.Operation;
import org.penumbra.isa.RegisterOp;
import org.penumbra.isa.StoreOp;
import org.penumbra.isa.SystemOp;
import org.penumbra.isa.UpperOp;
import org.penumbra.tests.fuzz.FuzzProgram.Code;

/// Makes random instructions that do no harm: accesses stay within the program's data or fault.
final class SnippetGenerator {
    private static final long[] SPECIAL = {0, 1, -1, 2, -2, 7, 63, 64, Long.MIN_VALUE, Long.MAX_VALUE, Integer.MIN_VALUE,
        Integer.MAX_VALUE, 0xffff_ffffL, 0x8000_0001_0000_0000L, 0x5555_5555_5555_5555L, 0xff00ff00ff00ff00L};
    private static final long[] SPECIAL_DOUBLES = {0, 1L << 63, 0x3ff0_0000_0000_0000L, 0xbff0_0000_0000_0000L,
        0x7ff0_0000_0000_0000L, 0xfff0_0000_0000_0000L, 0x7ff8_0000_0000_0000L, 0x7ff0_0000_0000_0001L, 1,
        0x000f_ffff_ffff_ffffL, 0x0010_0000_0000_0000L, 0x7fef_ffff_ffff_ffffL, 0x41df_ffff_ffc0_0000L, 0xc1e0_0000_0000_0000L,
        0x43e0_0000_0000_0000L, 0x3fe0_0000_0000_0000L, 0x3810_0000_0000_0000L, 0x47ef_ffff_f000_0000L};
    private static final int[] SPECIAL_SINGLES = {0, 1 << 31, 0x3f80_0000, 0xbf80_0000, 0x7f80_0000, 0xff80_0000, 0x7fc0_0000,
        0x7f80_0001, 1, 0x007f_ffff, 0x0080_0000, 0x7f7f_ffff, 0x4f00_0000, 0xcf00_0000, 0x5f00_0000, 0x3f00_0000};
    private static final int[] SPECIAL_HALVES = {0, 0x8000, 0x3c00, 0xbc00, 0x7c00, 0xfc00, 0x7e00, 0x7c01, 1, 0x03ff, 0x0400,
        0x7bff, 0x7800, 0x3800};
    /// Instructions that are illegal everywhere: reserved encodings, absent extensions, absent and read-only CSRs.
    private static final int[] ILLEGAL = {0, -1, 0x0000_7003, 0x0000_7023, 0x0000_2063, 0x0000_3063, 0x0200_70b3 | 1 << 30,
        0x5a80_2573, 0xc000_1073, 0xf140_1073, 0x6000_8067 | 7 << 12, 0x0000_100f | 5 << 12, 0x3060_0073};

    private static final List<UpperOp> CONSTANTS = Stream.of(UpperOp.values()).filter(UpperOp::floating).toList();

    private final SplittableRandom random;
    private final ProgramGenerator.Profile profile;
    private final MachineState state;
    private final List<RegisterOp> registerOps;
    private final List<ImmediateOp> immediateOps;
    private final List<LoadOp> loads = List.of(LoadOp.values());
    private final List<StoreOp> stores = List.of(StoreOp.values());
    private final List<FloatOp> floats;
    private final MemorySnippets memory;
    private final PrivilegedSnippets privileged;

    SnippetGenerator(SplittableRandom random, ProgramGenerator.Profile profile, MachineState state) {
        this.random = random;
        this.profile = profile;
        this.state = state;
        this.registerOps = usable(profile, RegisterOp.values());
        this.immediateOps = usable(profile, ImmediateOp.values());
        this.floats = usable(profile, FloatOp.values());
        this.memory = new MemorySnippets(this, random, profile, state);
        this.privileged = new PrivilegedSnippets(this, memory, random, profile, state);
    }

    static <T extends Operation> List<T> usable(ProgramGenerator.Profile profile, T[] table) {
        return Stream.of(table).filter(op -> !profile.partner() || QemuDifferences.agrees(op)).toList();
    }

    Code code(Consumer<GeneratedCode> emitter) {
        var a = new GeneratedCode(0);
        emitter.accept(a);
        byte[] bytes = a.finish();
        int[] halves = new int[bytes.length / 2];
        for (int i = 0; i < halves.length; i++) {
            halves[i] = bytes[2 * i] & 0xff | (bytes[2 * i + 1] & 0xff) << 8;
        }
        return new Code(halves);
    }

    Code next() {
        int choice = random.nextInt(100);
        if (choice < 24) {
            return code(a -> a.word(integerInstruction()));
        } else if (choice < 38) {
            return compressed();
        } else if (choice < 56) {
            return memory.access(random.nextInt(5) < 3 ? pick(loads) : pick(stores));
        } else if (choice < 74) {
            return code(a -> a.word(floatInstruction()));
        } else if (choice < 80) {
            return memory.atomic();
        } else if (choice < 84) {
            return floatCsr();
        } else if (choice < 87) {
            return memory.stub();
        } else if (choice < 90 && state.paged) {
            return privileged.pageTable();
        } else if (choice < 94) {
            return privileged.next();
        } else if (choice < 96 && !profile.hot()) {
            int bits = ILLEGAL[random.nextInt(ILLEGAL.length)];
            return code(a -> a.word(bits));
        } else if (choice < 97 && !profile.hot()) {
            return code(a -> a.system(SystemOp.ECALL));
        }
        int destination = destination();
        long value = integer();
        return code(a -> a.constant(destination, value));
    }

    <T> T pick(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }

    long integer() {
        return switch (random.nextInt(4)) {
            case 0 -> SPECIAL[random.nextInt(SPECIAL.length)];
            case 1 -> random.nextInt();
            case 2 -> random.nextLong() >> random.nextInt(64);
            default -> random.nextLong();
        };
    }

    long floating() {
        return switch (random.nextInt(8)) {
            case 6 -> -1L << 16 | SPECIAL_HALVES[random.nextInt(SPECIAL_HALVES.length)];
            case 7 -> -1L << 16 | random.nextInt(1 << 16);
            case 0 -> SPECIAL_DOUBLES[random.nextInt(SPECIAL_DOUBLES.length)];
            case 1 -> -1L << 32 | SPECIAL_SINGLES[random.nextInt(SPECIAL_SINGLES.length)] & 0xffff_ffffL;
            case 2 -> -1L << 32 | random.nextInt() & 0xffff_ffffL;
            case 3 -> Double.doubleToRawLongBits(random.nextInt(2000) - 1000 + random.nextInt(16) / 16.0);
            case 4 -> -1L << 32 | Float.floatToRawIntBits((random.nextInt(4000) - 2000) / 8f) & 0xffff_ffffL;
            default -> random.nextLong();
        };
    }

    int destination() {
        while (true) {
            int register = random.nextInt(32);
            if ((state.protectedRegisters >>> register & 1) == 0) {
                return register;
            }
        }
    }

    /// A register other than x0.
    int scratch() {
        return scratchNot(0);
    }

    int scratchNot(int other) {
        while (true) {
            int register = destination();
            if (register != 0 && register != other) {
                return register;
            }
        }
    }

    int integerInstruction() {
        int source = random.nextInt(32);
        switch (random.nextInt(5)) {
            case 0, 1 -> {
                return pick(registerOps).encode(destination(), source, random.nextInt(32), 0, 0, 0);
            }
            case 2 -> {
                UpperOp op = UpperOp.values()[random.nextInt(2)];
                // Addresses would differ where the program is shrunk.
                return op == UpperOp.LUI ? op.encode(destination(), 0, 0, 0, 0, random.nextInt() & -4096)
                        : pick(registerOps).encode(destination(), source, random.nextInt(32), 0, 0, 0);
            }
            default -> {
                ImmediateOp op = pick(immediateOps);
                long immediate = random.nextInt(4096) - 2048;
                for (long candidate : new long[] {immediate, immediate & 63, immediate & 31}) {
                    try {
                        return op.encode(destination(), source, 0, 0, 0, candidate);
                    } catch (IllegalArgumentException _) {
                        // The next one is narrower.
                    }
                }
                return op.encode(destination(), source, 0, 0, 0, 0);
            }
        }
    }

    int floatInstruction() {
        if (!profile.partner() && random.nextInt(24) == 0) {
            return pick(CONSTANTS).encode(random.nextInt(32), 0, 0, 0, 0, random.nextInt(32));
        }
        FloatOp op = pick(floats);
        int rd = op.format().writesFloat() ? random.nextInt(32) : destination();
        int rm = random.nextInt(3) == 0 ? 7 : random.nextInt(30) == 0 && !profile.hot() ? 5 + random.nextInt(2) : random.nextInt(5);
        return op.encode(rd, random.nextInt(32), random.nextInt(32), random.nextInt(32), rm, 0);
    }

    private Code compressed() {
        while (true) {
            int half = random.nextInt(0x10000);
            if ((half & 3) == 3 || profile.partner() && !QemuDifferences.has(half)) {
                continue;
            }
            Instruction i = Decoder.decode(half);
            boolean writesProtected = i.op().format().writesInteger() && (state.protectedRegisters >>> i.rd() & 1) != 0;
            if (writesProtected) {
                continue;
            }
            switch (i.op()) {
                case RegisterOp _, ImmediateOp _, UpperOp _ -> {
                    return new Code(half);
                }
                case LoadOp op -> {
                    if (i.rs1() != 0 && (state.protectedRegisters >>> i.rs1() & 1) == 0) {
                        return based(i.rs1(), memory.address(op.size(), false) - i.immediate(), half);
                    }
                }
                case StoreOp op -> {
                    if (i.rs1() != 0 && (state.protectedRegisters >>> i.rs1() & 1) == 0) {
                        return based(i.rs1(), memory.address(op.size(), false) - i.immediate(), half);
                    }
                }
                default -> {
                    // Control is the business of the structure; reserved ones are among the illegal instructions.
                }
            }
        }
    }

    private Code based(int base, long address, int half) {
        return code(a -> {
            a.constant(base, address);
            a.half(half);
        });
    }

    private Code floatCsr() {
        int csr = 1 + random.nextInt(3);
        CsrOp op = CsrOp.values()[random.nextInt(6)];
        int rd = destination();
        // A reserved rounding mode makes most of what follows trap.
        if (csr != 1 && random.nextInt(10) != 0) {
            int mode = random.nextInt(5);
            return code(a -> a.op(CsrOp.CSRRWI, rd, mode, 0, 2));
        }
        int source = random.nextInt(32);
        return code(a -> a.op(csr == 1 ? op : CsrOp.CSRRS, rd, csr == 1 ? source : 0, 0, csr));
    }
}
