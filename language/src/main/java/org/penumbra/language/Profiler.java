// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongFunction;
import org.penumbra.exits.ExitCause;
import org.penumbra.exits.ExitStatistics;
import org.penumbra.exits.FastPathEntry;
import org.penumbra.hart.Hart;
import org.penumbra.machine.Machine;
import org.penumbra.memory.GuestMemory;

/// Samples where a guest is, every so many instructions: the functions on its stack, as far as frame pointers lead, and
/// the VM exits since the last sample, by cause. A run with it is the run without.
final class Profiler {
    /// Instructions between two samples: a prime, so that no loop of the guest keeps step with it.
    static final long INTERVAL = 99_991;
    /// An exit counts as so many instructions: the constants of the cost model, a cycle for an instruction.
    private static final long EXIT = 1000;
    private static final long FAST_PATH = 100;
    private static final int DEEPEST = 64;
    private static final int RA = 1;
    private static final int FP = 8;
    private static final String[] MODES = {"user", "supervisor", "", "machine"};

    private final Machine machine;
    private final LongFunction<String> names;
    private final Map<String, Long> stacks = new TreeMap<>();
    private ExitStatistics before;
    private long instructions;

    /// @param names the symbol of an address, or null
    Profiler(Machine machine, LongFunction<String> names) {
        this.machine = machine;
        this.names = names;
        this.before = counts();
        this.instructions = machine.instructions();
    }

    private ExitStatistics counts() {
        return machine.counts(0).counts();
    }

    /// Takes a sample.
    void sample() {
        long now = machine.instructions();
        if (now == instructions) {
            return;
        }
        Hart hart = machine.running();
        String stack = stack(hart);
        stacks.merge(stack, now - instructions, Long::sum);
        instructions = now;
        ExitStatistics after = counts();
        for (ExitCause cause : ExitCause.values()) {
            add(stack + ";[exit " + cause.key() + "]", EXIT * (after.exits(cause) - before.exits(cause)));
        }
        for (FastPathEntry entry : FastPathEntry.values()) {
            add(stack + ";[fast path " + entry.key() + "]",
                    FAST_PATH * (after.fastPathEntries(entry) - before.fastPathEntries(entry)));
        }
        before = after;
    }

    private void add(String stack, long weight) {
        if (weight > 0) {
            stacks.merge(stack, weight, Long::sum);
        }
    }

    /// The functions on the stack of a hart, outermost first.
    private String stack(Hart hart) {
        List<String> frames = new ArrayList<>();
        String last = name(hart.pc);
        frames.add(last);
        var walk = new TableWalk(machine, hart);
        long frame = hart.registers[FP];
        boolean leaf = true;
        for (int depth = 0; depth < DEEPEST && frame != 0 && (frame & 7) == 0; depth++) {
            long back = load(walk, frame - 8);
            long outer = load(walk, frame - 16);
            if (leaf && !known(back)) {
                // A function that calls nothing keeps only the outer frame, and its return address in ra.
                outer = back;
                back = hart.registers[RA];
            }
            leaf = false;
            String caller = names.apply(back);
            if (caller == null || Long.compareUnsigned(outer, frame) <= 0) {
                break;
            }
            frames.add(caller);
            frame = outer;
        }
        frames.add(hart.virtual ? "guest " + MODES[hart.privilege] : MODES[hart.privilege]);
        Collections.reverse(frames);
        return String.join(";", frames);
    }

    private boolean known(long address) {
        return names.apply(address) != null;
    }

    private String name(long address) {
        String name = names.apply(address);
        return name != null ? name : "0x" + Long.toHexString(address & -GuestMemory.PAGE_SIZE);
    }

    /// @return 0 where nothing is mapped
    private long load(TableWalk walk, long address) {
        long gpa = walk.translate(address);
        return gpa == -1 || !machine.memory().contains(gpa, Long.BYTES) ? 0 : machine.memory().load(gpa, Long.BYTES);
    }

    /// A line for each stack: its functions, with semicolons between, and its weight in instructions. The form that
    /// programs for flame graphs read.
    String folded() {
        var text = new StringBuilder();
        stacks.forEach((stack, weight) -> text.append(stack).append(' ').append(weight).append('\n'));
        return text.toString();
    }

    /// As a picture: each function is as wide as the instructions in it and in what it calls.
    String svg() {
        return FlameGraph.of(stacks, String.format(Locale.ROOT, "%s, %d instructions, an exit as %d",
                machine.config().model(), stacks.values().stream().mapToLong(weight -> weight).sum(), EXIT));
    }
}
