// SPDX-License-Identifier: Apache-2.0
package org.penumbra.tests.fuzz;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.penumbra.isa.BranchOp;
import org.penumbra.isa.SystemOp;
import org.penumbra.tests.fuzz.FuzzProgram.Item;

/// Makes a random program from a seed: its structure; [SnippetGenerator] makes what it consists of.
final class ProgramGenerator {
    /// First of four registers that count loops outside functions.
    private static final int COUNTERS = 20;
    private static final int MEPC = 0x341;
    private static final int SEPC = 0x141;

    private final SplittableRandom random;
    private final Profile profile;
    private final MachineState state;
    private final SnippetGenerator snippets;
    private final List<List<Item>> functions = new ArrayList<>();

    /// What kind of programs to make.
    ///
    /// @param partner whether they must mean the same in QEMU 7.2
    /// @param hot     whether to have loops long enough to be compiled by default, and few traps
    record Profile(boolean partner, boolean hot) {
    }

    private ProgramGenerator(long seed, Profile profile) {
        this.random = new SplittableRandom(seed);
        this.profile = profile;
        this.state = new MachineState(random, profile);
        this.snippets = new SnippetGenerator(random, profile, state);
    }

    static FuzzProgram generate(long seed, Profile profile) {
        return new ProgramGenerator(seed, profile).generate(seed);
    }

    private FuzzProgram generate(long seed) {
        for (int i = random.nextInt(3); i > 0; i--) {
            state.protectedRegisters = 1 << 1 | 0xf << COUNTERS;
            state.inFunction = true;
            functions.add(items(1 + random.nextInt(10), 2));
        }
        state.inFunction = false;
        state.protectedRegisters = 0;
        List<Item> body = items(profile.hot() ? 6 + random.nextInt(12) : 10 + random.nextInt(60), 0);
        long[] registers = new long[65];
        for (int i = 1; i < 32; i++) {
            registers[i] = snippets.integer();
            registers[32 + i] = snippets.floating();
        }
        registers[32] = snippets.floating();
        registers[64] = random.nextInt(5) << 5 | random.nextInt(32);
        return new FuzzProgram(seed, state.setup(), 2 * random.nextInt(24), registers, state.tables(), body, functions);
    }

    private List<Item> items(int count, int depth) {
        List<Item> items = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            items.add(item(depth));
        }
        return items;
    }

    private Item item(int depth) {
        int choice = random.nextInt(100);
        if (profile.hot() && depth == 0 && choice < 40) {
            return loop(120 + random.nextInt(400), depth);
        }
        if (depth < 3) {
            if (choice < 6) {
                return new FuzzProgram.Skip(BranchOp.values()[random.nextInt(6)], random.nextInt(32), random.nextInt(32),
                        inner(1 + random.nextInt(6), depth + 1));
            }
            if (choice < 10) {
                return loop(1 + random.nextInt(profile.hot() ? 20 : 8), depth);
            }
            if (choice < 13) {
                int scratch = snippets.scratch();
                int link = random.nextInt(4) == 0 ? snippets.destination() : 0;
                return new FuzzProgram.Hop(scratch, link, inner(random.nextInt(4), depth + 1));
            }
        }
        if (choice < 17 && !functions.isEmpty() && !state.inFunction && state.mode == state.functionMode
                && !state.modifiesPrivilege && (state.protectedRegisters & 1 << 1) == 0) {
            return new FuzzProgram.Call(random.nextInt(functions.size()), random.nextBoolean() ? 0 : snippets.scratchNot(1));
        }
        if (choice < 21 && depth == 0 && !state.inFunction) {
            Item change = modeChange();
            if (change != null) {
                return change;
            }
        }
        return snippets.next();
    }

    private Item loop(int times, int depth) {
        int before = state.protectedRegisters;
        // Functions leave the counters of loops that call them alone.
        int counter = state.inFunction ? snippets.scratch() : COUNTERS + Integer.numberOfTrailingZeros(~(before >>> COUNTERS));
        state.protectedRegisters |= 1 << counter;
        List<Item> body = inner(1 + random.nextInt(profile.hot() ? 14 : 6), depth + 1);
        state.protectedRegisters = before;
        return new FuzzProgram.Loop(counter, times, body);
    }

    private List<Item> inner(int count, int depth) {
        boolean before = state.nested;
        state.nested = true;
        List<Item> items = items(count, depth);
        state.nested = before;
        return items;
    }

    /// To a lower mode by a return, to machine mode by `ebreak`; null where there is nowhere to go.
    private Item modeChange() {
        if (state.mode == 3) {
            int to = state.paged ? state.lowMode : random.nextInt(2);
            var before = snippets.code(a -> {
                a.constant(5, 3 << 11 | 1 << 17);
                a.csr(org.penumbra.isa.CsrOp.CSRRC, 0, 0x300, 5);
                a.constant(5, (long) to << 11);
                a.csr(org.penumbra.isa.CsrOp.CSRRS, 0, 0x300, 5);
            });
            state.mode = to;
            state.modifiesPrivilege = false;
            return new FuzzProgram.Return(5, MEPC, before, SystemOp.MRET.encode(0, 0, 0, 0, 0, 0));
        }
        if (state.mode == 1 && !state.paged && random.nextBoolean()) {
            var before = snippets.code(a -> {
                a.constant(5, 1 << 8);
                a.csr(org.penumbra.isa.CsrOp.CSRRC, 0, 0x100, 5);
            });
            state.mode = 0;
            return new FuzzProgram.Return(5, SEPC, before, SystemOp.SRET.encode(0, 0, 0, 0, 0, 0));
        }
        state.mode = 3;
        boolean compressed = random.nextBoolean();
        return snippets.code(a -> {
            if (compressed) {
                a.half(0x9002);
            } else {
                a.system(SystemOp.EBREAK);
            }
        });
    }
}
