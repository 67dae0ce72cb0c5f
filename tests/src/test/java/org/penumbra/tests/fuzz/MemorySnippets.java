// SPDX-License-Identifier: Apache-2.0
package org.penumbra.tests.fuzz;

import java.util.List;
import java.util.SplittableRandom;
import org.penumbra.isa.AtomicOp;
import org.penumbra.isa.ImmediateOp;
import org.penumbra.isa.LoadOp;
import org.penumbra.isa.Operation;
import org.penumbra.isa.StoreOp;
import org.penumbra.isa.SystemOp;
import org.penumbra.tests.fuzz.FuzzProgram.Code;

/// Makes accesses to a program's data, and code that it writes and calls.
final class MemorySnippets {
    private final SnippetGenerator snippets;
    private final SplittableRandom random;
    private final ProgramGenerator.Profile profile;
    private final MachineState state;
    private final List<AtomicOp> atomics;

    MemorySnippets(SnippetGenerator snippets, SplittableRandom random, ProgramGenerator.Profile profile, MachineState state) {
        this.snippets = snippets;
        this.random = random;
        this.profile = profile;
        this.state = state;
        this.atomics = SnippetGenerator.usable(profile, AtomicOp.values());
    }

    /// A load or store of data.
    Code access(Operation op) {
        int size = op instanceof LoadOp load ? load.size() : ((StoreOp) op).size();
        long offset = random.nextInt(3) == 0 ? 0 : random.nextInt(4096) - 2048;
        long address = address(size, false);
        int base = snippets.scratch();
        int rd = op.format().writesFloat() ? random.nextInt(32) : snippets.destination();
        int source = random.nextInt(32);
        // Where addresses are translated a stale pointer faults, or nearly always.
        boolean stale = state.paged && state.mode != 3 && !profile.hot() && state.mayCross() && random.nextInt(12) == 0;
        return snippets.code(a -> {
            if (!stale) {
                a.constant(base, address - offset);
            }
            a.op(op, rd, base, source, offset);
        });
    }

    /// Where to access memory: data, mostly at its edges, or nothing.
    long address(int size, boolean aligned) {
        boolean translated = state.translates();
        if (!profile.hot() && random.nextInt(30) == 0) {
            long[] nowhere = translated ? new long[] {0, -8, 1L << 38, (1L << 38) - 8, -1L << 38, Long.MAX_VALUE & -8, 1L << 47,
                (1L << 47) - 8, -1L << 47, 1L << 56, -1L << 56, -1L << 39,
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
            page = switch (random.nextInt(4)) {
                case 0 -> Layout.GIGAPAGE + Layout.DATA - Layout.HARNESS;
                case 1 -> Layout.TERAPAGE + Layout.DATA;
                case 2 -> Layout.PETAPAGE + Layout.DATA;
                default -> window() + ((1L + random.nextInt(Layout.SUPERPAGES - 1)) << 21);
            } + 4096L * frame;
            mayCross = frame < Layout.FRAMES - 2;
        } else {
            int index = random.nextInt(19);
            index = index < 14 ? index : index + 2;
            page = window() + 4096L * index;
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
        if (!mayCross || !state.mayCross()) {
            offset = Math.min(offset, 4096 - 8);
        }
        return page + offset;
    }

    /// The window at either end of the address space.
    private long window() {
        return Layout.WINDOW + (random.nextInt(4) == 0 ? Layout.HIGH : 0);
    }

    /// An atomic operation, or a reservation and what may succeed under it.
    Code atomic() {
        AtomicOp op = snippets.pick(atomics);
        int base = snippets.scratch();
        int rd = snippets.destination();
        if (!op.loadReserved() && !op.storeConditional()) {
            boolean aligned = random.nextInt(12) != 0 || profile.hot();
            // Outside memory QEMU makes it a load and a store.
            long anywhere = address(op.size(), aligned);
            long address = !state.translates() && anywhere < Layout.DATA ? Layout.DATA : anywhere;
            int source = random.nextInt(32);
            int ordering = random.nextInt(4);
            if (op.paired()) {
                return pair(op, base, address, source & ~1, ordering);
            }
            // Such that a comparison may succeed.
            boolean known = op.comparing() && rd != base && random.nextBoolean();
            return snippets.code(a -> {
                a.constant(base, address);
                if (known) {
                    a.op(op.size() == 8 ? LoadOp.LD : op.size() == 4 ? LoadOp.LW : op.size() == 2 ? LoadOp.LHU : LoadOp.LBU,
                            rd, base, 0, 0);
                }
                a.op(op, rd, base, source, ordering);
            });
        }
        boolean sound = state.translates() ? (state.mode == state.lowMode) && !state.modifiesPrivilege : true;
        if (!sound) {
            return snippets.code(a -> a.word(snippets.integerInstruction()));
        }
        boolean wide = op.size() == 8;
        long address = (state.translates() ? Layout.WINDOW + 4096L * Layout.SOUND_PAGE : Layout.DATA) + 8 * random.nextInt(512);
        long other = random.nextInt(4) == 0 ? address ^ 64 : address;
        int between = random.nextInt(3) == 0 ? snippets.integerInstruction() : 0x13;
        int source = random.nextInt(32);
        int value = snippets.scratchNot(base);
        int second = snippets.scratchNot(value);
        return snippets.code(a -> {
            a.constant(base, address);
            a.constant(second, other);
            a.constant(base, address);
            a.op(wide ? AtomicOp.LR_D : AtomicOp.LR_W, value, base, 0, 0);
            a.word(between);
            a.constant(second, other);
            a.op(wide ? AtomicOp.SC_D : AtomicOp.SC_W, rd, second, source, 0);
        });
    }

    /// Compare-and-swap of two double words, which may succeed if they hold what the registers do.
    private Code pair(AtomicOp op, int base, long address, int source, int ordering) {
        int rd = snippets.destination() & ~1;
        if (rd != 0 && ((state.protectedRegisters >>> rd & 3) != 0 || base >>> 1 == rd >>> 1)) {
            return snippets.code(a -> a.word(snippets.integerInstruction()));
        }
        boolean known = rd != 0 && random.nextBoolean();
        return snippets.code(a -> {
            a.constant(base, address & -16);
            if (known) {
                a.op(LoadOp.LD, rd, base, 0, 0);
                a.op(LoadOp.LD, rd + 1, base, 0, 8);
            }
            a.op(op, rd, base, source, ordering);
        });
    }

    /// Writes a small function into the frame for it and calls it.
    Code stub() {
        boolean translated = state.translates();
        if (state.modifiesPrivilege || (state.protectedRegisters & 1 << 1) != 0 || state.mode == 3 && state.paged && translated) {
            return snippets.code(a -> a.word(snippets.integerInstruction()));
        }
        long offset = random.nextInt(4) == 0 ? 4096 - 6 - 2 * random.nextInt(4) : 4 * random.nextInt(256);
        // The last instruction may be the last of the page.
        offset = Math.min(offset, 4096 - 6);
        long writer = (translated ? window() + 4096L * Layout.STUB_WRITE : Layout.DATA + 4096L * Layout.STUB_FRAME) + offset;
        long runner = (translated ? window() + 4096L * Layout.STUB_RUN : Layout.DATA + 4096L * Layout.STUB_FRAME) + offset;
        int before = state.protectedRegisters;
        state.protectedRegisters |= 1 << 1;
        // Now and then another instruction each time, by what a register holds then.
        int varied = random.nextInt(3) == 0 ? random.nextInt(1, 32) : 0;
        int word = varied != 0 ? ImmediateOp.ADDI.encode(snippets.destination(), random.nextInt(32), 0, 0, 0, random.nextInt(128))
                : random.nextBoolean() ? snippets.integerInstruction() : snippets.floatInstruction();
        state.protectedRegisters = before;
        int pointer = snippets.scratchNot(1);
        int value = snippets.scratchNot(pointer);
        long written = writer;
        return snippets.code(a -> {
            a.constant(pointer, written);
            a.constant(value, word & 0xffff);
            a.store(StoreOp.SH, value, 0, pointer);
            if (varied != 0) {
                a.immediate(ImmediateOp.ANDI, value, varied, 31);
                a.immediate(ImmediateOp.SLLI, value, value, 4);
                a.immediate(ImmediateOp.XORI, value, value, word >>> 16 & 0x7ff);
            } else {
                a.constant(value, word >>> 16);
            }
            a.store(StoreOp.SH, value, 2, pointer);
            a.constant(value, 0x8082);
            a.store(StoreOp.SH, value, 4, pointer);
            a.system(SystemOp.FENCE_I);
            a.constant(pointer, runner);
            a.jumpRegister(1, pointer);
        });
    }

}
