// SPDX-License-Identifier: Apache-2.0
package org.penumbra.tests.fuzz;

import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.penumbra.isa.AtomicOp;
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
    /// Instructions that are illegal everywhere: reserved encodings, absent extensions, absent and read-only CSRs.
    private static final int[] ILLEGAL = {0, -1, 0x0000_7003, 0x0000_7023, 0x0000_2063, 0x0000_3063, 0x0200_70b3 | 1 << 30,
        0x5a80_2573, 0xc000_1073, 0xf140_1073, 0x6000_8067 | 7 << 12, 0x0000_100f | 5 << 12, 0x3060_0073};

    private final SplittableRandom random;
    private final ProgramGenerator.Profile profile;
    private final MachineState state;
    private final List<RegisterOp> registerOps = List.of(RegisterOp.values());
    private final List<ImmediateOp> immediateOps;
    private final List<LoadOp> loads = List.of(LoadOp.values());
    private final List<StoreOp> stores = List.of(StoreOp.values());
    private final List<FloatOp> floats = List.of(FloatOp.values());
    private final List<AtomicOp> atomics = List.of(AtomicOp.values());

    SnippetGenerator(SplittableRandom random, ProgramGenerator.Profile profile, MachineState state) {
        this.random = random;
        this.profile = profile;
        this.state = state;
        // QEMU 7.2 gives 63 for ctzw of 0.
        this.immediateOps = Stream.of(ImmediateOp.values()).filter(op -> !profile.partner() || op != ImmediateOp.CTZW).toList();
    }

    Code code(Consumer<Assembler> emitter) {
        var a = new Assembler(0);
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
            return access(random.nextInt(5) < 3 ? pick(loads) : pick(stores));
        } else if (choice < 74) {
            return code(a -> a.word(floatInstruction()));
        } else if (choice < 80) {
            return atomic();
        } else if (choice < 84) {
            return floatCsr();
        } else if (choice < 87) {
            return stub();
        } else if (choice < 90 && state.paged) {
            return pageTable();
        } else if (choice < 94) {
            return privileged();
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

    private <T> T pick(List<T> list) {
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
        return switch (random.nextInt(6)) {
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

    private int integerInstruction() {
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

    private int floatInstruction() {
        FloatOp op = pick(floats);
        int rd = op.format().writesFloat() ? random.nextInt(32) : destination();
        int rm = random.nextInt(3) == 0 ? 7 : random.nextInt(30) == 0 && !profile.hot() ? 5 + random.nextInt(2) : random.nextInt(5);
        return op.encode(rd, random.nextInt(32), random.nextInt(32), random.nextInt(32), rm, 0);
    }

    private Code compressed() {
        while (true) {
            int half = random.nextInt(0x10000);
            if ((half & 3) == 3) {
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
                        return based(i.rs1(), address(op.size(), false) - i.immediate(), half);
                    }
                }
                case StoreOp op -> {
                    if (i.rs1() != 0 && (state.protectedRegisters >>> i.rs1() & 1) == 0) {
                        return based(i.rs1(), address(op.size(), false) - i.immediate(), half);
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

    private Code access(Operation op) {
        int size = op instanceof LoadOp load ? load.size() : ((StoreOp) op).size();
        long offset = random.nextInt(3) == 0 ? 0 : random.nextInt(4096) - 2048;
        long address = address(size, false);
        int base = scratch();
        int rd = op.format().writesFloat() ? random.nextInt(32) : destination();
        int source = random.nextInt(32);
        // Where addresses are translated a stale pointer faults, or nearly always.
        boolean stale = state.paged && state.mode != 3 && !profile.hot() && random.nextInt(12) == 0;
        return code(a -> {
            if (!stale) {
                a.constant(base, address - offset);
            }
            a.op(op, rd, base, source, offset);
        });
    }

    /// Where to access memory: data, mostly at its edges, or nothing.
    private long address(int size, boolean aligned) {
        boolean translated = state.translates();
        if (!profile.hot() && random.nextInt(30) == 0) {
            long[] nowhere = translated ? new long[] {0, -8, 1L << 38, (1L << 38) - 8, -1L << 38, Long.MAX_VALUE & -8,
                Layout.WINDOW + 4096L * (Layout.PAGES + random.nextInt(8)), Layout.WINDOW + (5L << 21)}
                : new long[] {0x0900_0000, 0x09ff_fff8, 0x0bff_fff8, 0x0a00_1000, 0x0b12_3458};
            return nowhere[random.nextInt(nowhere.length)];
        }
        long page;
        boolean mayCross;
        if (!translated) {
            int frame = random.nextInt(Layout.FRAMES - 1);
            page = Layout.DATA + 4096L * frame;
            mayCross = frame < Layout.FRAMES - 2;
        } else if (random.nextInt(10) == 0) {
            int frame = random.nextInt(Layout.FRAMES - 1);
            page = Layout.WINDOW + ((1L + random.nextInt(Layout.SUPERPAGES - 1)) << 21) + 4096L * frame;
            mayCross = frame < Layout.FRAMES - 2;
        } else {
            int index = random.nextInt(19);
            index = index < 14 ? index : index + 2;
            page = Layout.WINDOW + 4096L * index;
            mayCross = index != 13 && index != 20;
        }
        long offset = switch (random.nextInt(5)) {
            case 0 -> 4096 - 1 - random.nextInt(12);
            case 1 -> random.nextInt(24);
            case 2 -> random.nextInt(4096);
            default -> random.nextInt(512) & -size;
        };
        if (aligned) {
            offset &= -size;
        }
        if (!mayCross) {
            offset = Math.min(offset, 4096 - 8);
        }
        return page + offset;
    }

    private Code atomic() {
        AtomicOp op = pick(atomics);
        int base = scratch();
        int rd = destination();
        if (!op.loadReserved() && !op.storeConditional()) {
            boolean aligned = random.nextInt(12) != 0 || profile.hot();
            // Outside memory QEMU makes it a load and a store.
            long anywhere = address(op.size(), aligned);
            long address = !state.translates() && anywhere < Layout.DATA ? Layout.DATA : anywhere;
            int source = random.nextInt(32);
            int ordering = random.nextInt(4);
            return code(a -> {
                a.constant(base, address);
                a.op(op, rd, base, source, ordering);
            });
        }
        boolean sound = state.translates() ? (state.mode == state.lowMode) && !state.modifiesPrivilege : true;
        if (!sound) {
            return code(a -> a.word(integerInstruction()));
        }
        boolean wide = op.size() == 8;
        long address = (state.translates() ? Layout.WINDOW + 4096L * Layout.SOUND_PAGE : Layout.DATA) + 8 * random.nextInt(512);
        long other = random.nextInt(4) == 0 ? address ^ 64 : address;
        int between = random.nextInt(3) == 0 ? integerInstruction() : 0x13;
        int source = random.nextInt(32);
        int value = scratchNot(base);
        int second = scratchNot(value);
        return code(a -> {
            a.constant(base, address);
            a.constant(second, other);
            a.constant(base, address);
            a.op(wide ? AtomicOp.LR_D : AtomicOp.LR_W, value, base, 0, 0);
            a.word(between);
            a.constant(second, other);
            a.op(wide ? AtomicOp.SC_D : AtomicOp.SC_W, rd, second, source, 0);
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

    /// Writes a small function into the frame for it and calls it.
    private Code stub() {
        boolean translated = state.translates();
        if (state.modifiesPrivilege || (state.protectedRegisters & 1 << 1) != 0 || state.mode == 3 && state.paged && translated) {
            return code(a -> a.word(integerInstruction()));
        }
        long offset = random.nextInt(4) == 0 ? 4096 - 6 - 2 * random.nextInt(4) : 4 * random.nextInt(256);
        // The last instruction may be the last of the page.
        offset = Math.min(offset, 4096 - 6);
        long writer = (translated ? Layout.WINDOW + 4096L * Layout.STUB_WRITE : Layout.DATA + 4096L * Layout.STUB_FRAME) + offset;
        long runner = (translated ? Layout.WINDOW + 4096L * Layout.STUB_RUN : Layout.DATA + 4096L * Layout.STUB_FRAME) + offset;
        int before = state.protectedRegisters;
        state.protectedRegisters |= 1 << 1;
        int word = random.nextBoolean() ? integerInstruction() : floatInstruction();
        state.protectedRegisters = before;
        int pointer = scratchNot(1);
        int value = scratchNot(pointer);
        long written = writer;
        return code(a -> {
            a.constant(pointer, written);
            a.constant(value, word & 0xffff);
            a.store(StoreOp.SH, value, 0, pointer);
            a.constant(value, word >>> 16);
            a.store(StoreOp.SH, value, 2, pointer);
            a.constant(value, 0x8082);
            a.store(StoreOp.SH, value, 4, pointer);
            a.system(SystemOp.FENCE_I);
            a.constant(pointer, runner);
            a.jumpRegister(1, pointer);
        });
    }

    /// Changes an entry of a page table and fences, or goes to the other root.
    private Code pageTable() {
        if (state.mode == 0 || state.modifiesPrivilege) {
            return code(a -> a.word(integerInstruction()));
        }
        int pointer = scratch();
        int value = scratchNot(pointer);
        boolean second = random.nextBoolean();
        if (random.nextInt(3) == 0) {
            return code(a -> {
                a.constant(pointer, state.satp(second));
                a.csr(CsrOp.CSRRW, 0, 0x180, pointer);
            });
        }
        long alias = state.mode == 3 ? 0 : Layout.ALIAS;
        boolean large = random.nextInt(6) == 0;
        int index = large ? 1 + random.nextInt(Layout.SUPERPAGES - 1) : 1 + random.nextInt(13);
        long table = large ? second ? Layout.WINDOW_B : Layout.WINDOW_A : second ? Layout.PAGES_B : Layout.PAGES_A;
        long entry = large ? state.superpage() : state.page();
        long gva = Layout.WINDOW + (large ? (long) index << 21 : 4096L * index);
        int form = random.nextInt(4);
        // Entries with G may outlive a fence for one ASID, so the ASID is named only where nothing is global.
        long clean = entry & ~0x20;
        SystemOp fence = random.nextInt(3) == 0 ? SystemOp.SINVAL_VMA : SystemOp.SFENCE_VMA;
        return code(a -> {
            a.constant(pointer, table + alias + 8L * (large ? Layout.WINDOW_INDEX + index : index));
            a.constant(value, clean);
            a.store(StoreOp.SD, value, 0, pointer);
            a.constant(pointer, gva);
            a.constant(value, second ? state.asidB : state.asidA);
            a.op(fence, 0, (form & 1) != 0 ? pointer : 0, (form & 2) != 0 ? value : 0, 0);
        });
    }

    private Code privileged() {
        int rd = destination();
        int pointer = scratch();
        switch (random.nextInt(6)) {
            case 0 -> {
                // SUM and MXR.
                int csr = state.mode == 3 ? 0x300 : 0x100;
                long bits = (long) (1 + random.nextInt(3)) << 18;
                CsrOp op = random.nextBoolean() ? CsrOp.CSRRS : CsrOp.CSRRC;
                return code(a -> {
                    a.constant(pointer, bits);
                    a.csr(op, 0, csr, pointer);
                });
            }
            case 1 -> {
                int csr = new int[] {0x141, 0x142, 0x143, 0x306, 0x304, 0x106, 0x302, 0x302}[random.nextInt(state.mode == 3 ? 8 : 5)];
                return code(a -> a.csr(CsrOp.CSRRS, rd, csr, 0));
            }
            case 2 -> {
                // QEMU keeps bit 0 of sepc.
                int csr = new int[] {0x142, 0x143, 0x141}[random.nextInt(profile.partner() ? 2 : 3)];
                int source = random.nextInt(32);
                return code(a -> a.csr(CsrOp.values()[random.nextInt(3)], rd, csr, source));
            }
            case 3 -> {
                // After a trap in between, MPP being U, QEMU 7.2 goes on with the supervisor's permissions.
                if (!profile.partner() && state.mode == 3 && state.paged && !state.nested && !state.inFunction) {
                    state.modifiesPrivilege ^= true;
                    boolean on = state.modifiesPrivilege;
                    return code(a -> {
                        a.constant(pointer, 3 << 11 | 1 << 17);
                        a.csr(CsrOp.CSRRC, 0, 0x300, pointer);
                        a.constant(pointer, (long) state.lowMode << 11 | (on ? 1 << 17 : 0));
                        a.csr(CsrOp.CSRRS, 0, 0x300, pointer);
                    });
                }
                return code(a -> a.op(SystemOp.SFENCE_VMA, 0, 0, 0, 0));
            }
            case 4 -> {
                if (profile.partner()) {
                    return code(a -> a.system(SystemOp.FENCE_I));
                }
                int csr = state.mode == 3 ? random.nextBoolean() ? 0xb02 : 0xb00 : 0xc02;
                return code(a -> a.csr(CsrOp.CSRRS, rd, csr, 0));
            }
            default -> {
                if (profile.partner()) {
                    return code(a -> a.word(0x0ff0_000f));
                }
                long address = address(8, false);
                SystemOp op = List.of(SystemOp.CBO_ZERO, SystemOp.CBO_FLUSH, SystemOp.CBO_INVAL, SystemOp.CBO_CLEAN).get(random.nextInt(4));
                return code(a -> {
                    a.constant(pointer, address);
                    a.op(op, 0, pointer, 0, 0);
                });
            }
        }
    }
}
