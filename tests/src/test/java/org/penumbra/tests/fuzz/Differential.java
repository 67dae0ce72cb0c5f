// SPDX-License-Identifier: Apache-2.0
package org.penumbra.tests.fuzz;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.ToIntFunction;
import org.penumbra.isa.Decoder;
import org.penumbra.isa.Disassembler;
import org.penumbra.options.CpuName;
import org.penumbra.tests.fuzz.FuzzProgram.Item;
import org.penumbra.tests.fuzz.FuzzRun.Way;

/// Runs batches of programs in several ways, finds those that end differently, and makes them small.
final class Differential {
    private static final int SHRINK_RUNS = 400;

    private final List<Way> ways;
    private int runs;

    Differential(List<Way> ways) {
        this.ways = ways;
    }

    /// Beside QEMU with the extensions that it has, too, else with all.
    private FuzzRun run(byte[] image, Way way) {
        return FuzzRun.of(image, way, ways.contains(Way.QEMU) ? CpuName.RVA22S64 : CpuName.SCALAR);
    }

    /// Describes the first program of a batch that differs, or gives null.
    String difference(List<FuzzProgram> programs) {
        byte[] image = FuzzImage.of(programs, false);
        FuzzRun expected = run(image, ways.getFirst());
        for (Way way : ways.subList(1, ways.size())) {
            FuzzRun run = run(image, way);
            if (same(expected, run, way)) {
                continue;
            }
            String[] left = expected.output().split("\n");
            String[] right = run.output().split("\n");
            for (int i = 0; i < programs.size(); i++) {
                boolean differs = i >= left.length || i >= right.length || !left[i].equals(right[i]);
                if (differs && fails(programs.get(i), way)) {
                    return explain(programs.get(i), way);
                }
            }
            // Only the counts differ, or the programs depend on each other.
            for (FuzzProgram program : programs) {
                if (fails(program, way)) {
                    return explain(program, way);
                }
            }
            return ways.getFirst() + " and " + way + " differ only in a batch of " + programs.size() + " from seed "
                    + programs.getFirst().seed() + ", as soon as that of seed " + firstNeeded(programs, way).seed()
                    + " is in it: " + expected.counts() + " " + run.counts() + "\n"
                    + firstDifference(left, right);
        }
        return null;
    }

    private boolean same(FuzzRun expected, FuzzRun run, Way way) {
        int counts = !way.counts(ways.getFirst()) ? 0 : way.sameModel(ways.getFirst()) ? 2 : 1;
        return expected.output().equals(run.output()) && expected.counts().subList(0, counts).equals(run.counts().subList(0, counts));
    }

    /// The last program of the shortest beginning of a batch that differs.
    private FuzzProgram firstNeeded(List<FuzzProgram> programs, Way way) {
        int same = 0;
        int different = programs.size();
        while (different - same > 1) {
            int middle = same + different >>> 1;
            if (agree(programs.subList(0, middle), way)) {
                same = middle;
            } else {
                different = middle;
            }
        }
        return programs.get(different - 1);
    }

    private static String firstDifference(String[] left, String[] right) {
        for (int i = 0; i < Math.max(left.length, right.length); i++) {
            String a = i < left.length ? left[i] : "nothing";
            String b = i < right.length ? right[i] : "nothing";
            if (!Objects.equals(a, b)) {
                return "line " + i + ": " + a + " and " + b;
            }
        }
        return "output is the same";
    }

    private boolean fails(FuzzProgram program, Way way) {
        return !agree(List.of(program), way);
    }

    private boolean agree(List<FuzzProgram> programs, Way way) {
        byte[] image = FuzzImage.of(programs, false);
        return same(run(image, ways.getFirst()), run(image, way), way);
    }

    /// Index of the first program that differs, or -1. Programs are tried together, and one by one only where the guest
    /// did not get through them all, or only counts differ.
    private int firstFailing(List<FuzzProgram> programs, Way way) {
        if (runs++ >= SHRINK_RUNS || programs.isEmpty()) {
            return -1;
        }
        byte[] image = FuzzImage.of(programs, false);
        FuzzRun expected = run(image, ways.getFirst());
        FuzzRun run = run(image, way);
        if (same(expected, run, way)) {
            return -1;
        }
        if (programs.size() == 1) {
            return 0;
        }
        String[] left = expected.output().split("\n");
        String[] right = run.output().split("\n");
        for (int i = 0; i < programs.size() && left.length == right.length; i++) {
            if (!left[i].equals(right[i])) {
                return i;
            }
        }
        for (int i = 0; i < programs.size(); i++) {
            if (firstFailing(programs.subList(i, i + 1), way) == 0) {
                return i;
            }
        }
        return -1;
    }

    private String explain(FuzzProgram program, Way way) {
        runs = 0;
        FuzzProgram small = shrink(program, candidates -> firstFailing(candidates, way));
        byte[] image = FuzzImage.of(List.of(small), true);
        FuzzRun expected = run(image, ways.getFirst());
        FuzzRun run = run(image, way);
        var text = new StringBuilder("seed " + program.seed() + ", " + ways.getFirst() + " and " + way + "\n");
        FuzzProgram.Setup setup = small.setup();
        text.append(String.format("mstatus %x satp %x medeleg %x mideleg %x mie %x vectored %d%n", setup.status(), setup.satp(),
                setup.delegated(), setup.interruptsDelegated(), setup.interruptsEnabled(), setup.vectored()));
        text.append("pmpcfg0 and pmpaddr1 to 7:");
        for (long setting : setup.protection()) {
            text.append(String.format(" %x", setting));
        }
        text.append('\n');
        disassemble(small, text);
        for (int i = 0; i < Layout.ROOT_ENTRIES; i++) {
            text.append(String.format("entry %d: %x %x%n", i, small.tables()[i], small.tables()[i + Layout.ROOT_ENTRIES]));
        }
        differences(expected, run, 40, text);
        text.append("before it was made small:\n");
        byte[] whole = FuzzImage.of(List.of(program), true);
        differences(run(whole, ways.getFirst()), run(whole, way), 12, text);
        return text.append("instructions and TLB misses: ").append(expected.counts()).append(' ').append(run.counts()).toString();
    }

    private static void differences(FuzzRun expected, FuzzRun run, int most, StringBuilder text) {
        String[] left = expected.output().split("\n");
        String[] right = run.output().split("\n");
        int shown = 0;
        for (int i = 0; i < Math.max(left.length, right.length) && shown < most; i++) {
            String a = i < left.length ? left[i] : "nothing";
            String b = i < right.length ? right[i] : "nothing";
            if (!a.equals(b)) {
                text.append(name(i)).append(": ").append(a).append(' ').append(b).append('\n');
                shown++;
            }
        }
    }

    /// What a line of a dump shows.
    private static String name(int line) {
        int state = Layout.STATE_HASHED / 8;
        if (line < 64) {
            return (line < 32 ? "x" : "f") + line % 32;
        } else if (line < state) {
            return new String[] {"fcsr", "mstatus, mie << 32, mip << 48", "traps", "hash of traps"}[line - 64];
        }
        int entries = Layout.ROOT_ENTRIES;
        if (line < state + 2 * entries) {
            return "entry " + (line - state);
        }
        int log = line - state - 2 * entries;
        if (log < 4 * Layout.LOG_ENTRIES) {
            return "trap " + log / 4 + " " + List.of("cause", "epc", "tval", "status").get(log % 4);
        }
        return "data+" + Integer.toHexString(8 * (log - 4 * Layout.LOG_ENTRIES));
    }

    private static void disassemble(FuzzProgram program, StringBuilder text) {
        var a = new GeneratedCode(Layout.CODE);
        for (int i = 0; i < program.padding(); i += 2) {
            a.half(0);
        }
        program.emit(a);
        byte[] code = a.finish();
        for (int at = program.padding(); at < code.length;) {
            int low = code[at] & 0xff | (code[at + 1] & 0xff) << 8;
            int bits = (low & 3) == 3 ? low | (code[at + 2] & 0xff) << 16 | (code[at + 3] & 0xff) << 24 : low;
            var instruction = Decoder.decode(bits);
            text.append(String.format("%x: %08x %s%n", Layout.CODE + at, bits, Disassembler.text(instruction)));
            at += instruction.length();
        }
    }

    // ---- making programs small

    /// Leaves out what is not needed.
    ///
    /// @param firstFailing index of the first of some programs that still fails, or -1
    static FuzzProgram shrink(FuzzProgram program, ToIntFunction<List<FuzzProgram>> firstFailing) {
        FuzzProgram best = program;
        for (boolean smaller = true; smaller;) {
            smaller = false;
            for (int part = Math.max(1, best.body().size() / 2); part >= 1;) {
                List<FuzzProgram> candidates = without(best, part);
                int failing = firstFailing.applyAsInt(candidates);
                if (failing < 0) {
                    part /= 2;
                } else {
                    best = candidates.get(failing);
                    smaller = true;
                }
            }
            List<FuzzProgram> candidates = simpler(best);
            int failing = firstFailing.applyAsInt(candidates);
            if (failing >= 0) {
                best = candidates.get(failing);
                smaller = true;
            }
        }
        return best;
    }

    private static List<FuzzProgram> without(FuzzProgram program, int part) {
        List<FuzzProgram> result = new ArrayList<>();
        for (int from = 0; from < program.body().size(); from += part) {
            List<Item> rest = new ArrayList<>(program.body());
            rest.subList(from, Math.min(rest.size(), from + part)).clear();
            result.add(program.with(rest, program.functions()));
        }
        return result;
    }

    private static List<FuzzProgram> simpler(FuzzProgram program) {
        List<FuzzProgram> result = new ArrayList<>();
        for (int i = 0; i < program.body().size(); i++) {
            for (List<Item> simpler : simpler(program.body().get(i))) {
                List<Item> body = new ArrayList<>(program.body());
                body.remove(i);
                body.addAll(i, simpler);
                result.add(program.with(body, program.functions()));
            }
        }
        for (int i = 0; i < program.functions().size(); i++) {
            for (int j = 0; j < program.functions().get(i).size(); j++) {
                List<List<Item>> functions = new ArrayList<>(program.functions());
                List<Item> function = new ArrayList<>(functions.get(i));
                function.remove(j);
                functions.set(i, function);
                result.add(program.with(program.body(), functions));
            }
        }
        return result;
    }

    /// Ways to write an item with less in it.
    private static List<List<Item>> simpler(Item item) {
        List<List<Item>> result = new ArrayList<>();
        List<Item> body = switch (item) {
            case FuzzProgram.Loop loop -> loop.body();
            case FuzzProgram.Skip skip -> skip.body();
            case FuzzProgram.Hop hop -> hop.body();
            default -> List.of();
        };
        if (!body.isEmpty()) {
            result.add(body);
        }
        for (int i = 0; i < body.size(); i++) {
            List<Item> rest = new ArrayList<>(body);
            rest.remove(i);
            result.add(List.of(switch (item) {
                case FuzzProgram.Loop loop -> new FuzzProgram.Loop(loop.counter(), loop.times(), rest);
                case FuzzProgram.Skip skip -> new FuzzProgram.Skip(skip.op(), skip.rs1(), skip.rs2(), rest);
                case FuzzProgram.Hop hop -> new FuzzProgram.Hop(hop.scratch(), hop.link(), rest);
                default -> item;
            }));
        }
        return result;
    }
}
