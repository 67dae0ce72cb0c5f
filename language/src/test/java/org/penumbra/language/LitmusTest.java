// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/// The memory model of harts in parallel: small programs of two to four harts, with outcomes that RVWMO forbids (The
/// RISC-V Instruction Set Manual, volume I, chapter "RVWMO Memory Consistency Model"). The shapes are the classical
/// ones of Alglave, Maranget and Tautschnig, "Herding cats" (2014).
///
/// Each hart goes through the same instances, which have variables of their own; all meet now and then.
@Timeout(value = 1200, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class LitmusTest {
    private static final long VARIABLES = 0x8040_0000L;
    private static final long OUTCOMES = 0x8020_0000L;
    private static final long FLAGS = 0x8010_0000L;
    private static final int INSTANCE = 256;
    /// Instances between two meetings.
    private static final int TOGETHER = 64;
    private static final int NEVER_MORE = 1 << 15;
    private static final List<String> ENGINES = List.of("interpreter", "translated", "immediate", "default");

    /// What one instance ended with: the registers a2 and a3 of each hart, and the variables.
    private record Outcome(int[][] read, long[] left) {
        /// Values of a2 and a3, hart by hart.
        boolean reads(int... values) {
            for (int i = 0; i < values.length; i++) {
                if (values[i] >= 0 && read[i / 2][i % 2] != values[i]) {
                    return false;
                }
            }
            return true;
        }

        /// That x and y are left with these values; a negative one is any.
        boolean leaves(long x, long y) {
            return (x < 0 || left[0] == x) && (y < 0 || left[1] == y);
        }
    }

    /// A program.
    ///
    /// @param weak      the outcome it is about
    /// @param forbidden whether the manual forbids it; else it is counted only
    /// @param harts     what each does, with the addresses of x, y and z in s0, s1 and s6, 1 in t2 and 2 in t3
    private record Shape(String name, Predicate<Outcome> weak, boolean forbidden, List<String> harts) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static Shape forbidden(String name, Predicate<Outcome> weak, String... harts) {
        return new Shape(name, weak, true, List.of(harts));
    }

    private static Shape allowed(String name, Predicate<Outcome> weak, String... harts) {
        return new Shape(name, weak, false, List.of(harts));
    }

    private static final int ANY = -1;

    static final List<Shape> SHAPES = List.of(
            allowed("SB", o -> o.reads(0, ANY, 0),
                    "sd t2, 0(s0)|ld a2, 0(s1)", "sd t2, 0(s1)|ld a2, 0(s0)"),
            forbidden("SB+fences", o -> o.reads(0, ANY, 0),
                    "sd t2, 0(s0)|fence rw, rw|ld a2, 0(s1)", "sd t2, 0(s1)|fence w, r|ld a2, 0(s0)"),
            allowed("SB+fence.tso", o -> o.reads(0, ANY, 0),
                    "sd t2, 0(s0)|.word 0x8330000f|ld a2, 0(s1)", "sd t2, 0(s1)|.word 0x8330000f|ld a2, 0(s0)"),
            forbidden("SB+amos.aqrl", o -> o.reads(0, ANY, 0),
                    "amoswap.d.aqrl zero, t2, (s0)|amoor.d.aqrl a2, zero, (s1)",
                    "amoswap.w.aqrl zero, t2, (s1)|amoadd.w.aqrl a2, zero, (s0)"),
            forbidden("SB+lr.aqrl", o -> o.reads(0, ANY, 0),
                    "sd t2, 0(s0)|lr.d.aqrl a2, (s1)", "sd t2, 0(s1)|lr.w.aqrl a2, (s0)"),
            allowed("MP", o -> o.reads(ANY, ANY, 1, 0),
                    "sd t2, 0(s0)|sd t2, 0(s1)", "ld a2, 0(s1)|ld a3, 0(s0)"),
            forbidden("MP+fences", o -> o.reads(ANY, ANY, 1, 0),
                    "sd t2, 0(s0)|fence w, w|sd t2, 0(s1)", "ld a2, 0(s1)|fence r, r|ld a3, 0(s0)"),
            forbidden("MP+rl+aq", o -> o.reads(ANY, ANY, 1, 0),
                    "sd t2, 0(s0)|amoswap.d.rl zero, t2, (s1)", "amoor.d.aq a2, zero, (s1)|ld a3, 0(s0)"),
            forbidden("MP+fence+address", o -> o.reads(ANY, ANY, 1, 0),
                    "sw t2, 0(s0)|fence w, w|sw t2, 0(s1)", "lw a2, 0(s1)|sub a4, a2, a2|add a4, a4, s0|lw a3, 0(a4)"),
            allowed("LB", o -> o.reads(1, ANY, 1),
                    "ld a2, 0(s0)|sd t2, 0(s1)", "ld a2, 0(s1)|sd t2, 0(s0)"),
            forbidden("LB+fences", o -> o.reads(1, ANY, 1),
                    "ld a2, 0(s0)|fence r, w|sd t2, 0(s1)", "ld a2, 0(s1)|fence r, w|sd t2, 0(s0)"),
            forbidden("LB+data", o -> o.reads(1, ANY, 1),
                    "ld a2, 0(s0)|sub a4, a2, a2|addi a4, a4, 1|sd a4, 0(s1)",
                    "ld a2, 0(s1)|sub a4, a2, a2|addi a4, a4, 1|sd a4, 0(s0)"),
            forbidden("CoRR", o -> o.reads(ANY, ANY, 1, 0),
                    "sb t2, 0(s0)", "lbu a2, 0(s0)|lbu a3, 0(s7)"),
            forbidden("2+2W+fences", o -> o.leaves(1, 1),
                    "sd t2, 0(s0)|fence w, w|sd t3, 0(s1)", "sd t2, 0(s1)|fence w, w|sd t3, 0(s0)"),
            allowed("2+2W", o -> o.leaves(1, 1),
                    "sd t2, 0(s0)|sd t3, 0(s1)", "sd t2, 0(s1)|sd t3, 0(s0)"),
            forbidden("R+fences", o -> o.reads(ANY, ANY, 0) && o.leaves(ANY, 2),
                    "sd t2, 0(s0)|fence w, w|sd t2, 0(s1)", "sd t3, 0(s1)|fence w, r|ld a2, 0(s0)"),
            allowed("R", o -> o.reads(ANY, ANY, 0) && o.leaves(ANY, 2),
                    "sd t2, 0(s0)|sd t2, 0(s1)", "sd t3, 0(s1)|ld a2, 0(s0)"),
            forbidden("S+fences", o -> o.reads(ANY, ANY, 1) && o.leaves(2, ANY),
                    "sd t3, 0(s0)|fence w, w|sd t2, 0(s1)", "ld a2, 0(s1)|fence r, w|sd t2, 0(s0)"),
            forbidden("WRC+fences", o -> o.reads(ANY, ANY, 1, ANY, 1, 0),
                    "sd t2, 0(s0)", "ld a2, 0(s0)|fence r, w|sd t2, 0(s1)", "ld a2, 0(s1)|fence r, r|ld a3, 0(s0)"),
            forbidden("IRIW+fences", o -> o.reads(ANY, ANY, ANY, ANY, 1, 0, 1, 0),
                    "sd t2, 0(s0)", "sd t2, 0(s1)",
                    "ld a2, 0(s0)|fence r, r|ld a3, 0(s1)", "ld a2, 0(s1)|fence r, r|ld a3, 0(s0)"),
            allowed("IRIW", o -> o.reads(ANY, ANY, ANY, ANY, 1, 0, 1, 0),
                    "sd t2, 0(s0)", "sd t2, 0(s1)", "ld a2, 0(s0)|ld a3, 0(s1)", "ld a2, 0(s1)|ld a3, 0(s0)"));

    /// The guest: every hart its part, `instances` times, and the first switches off when all have done.
    private static byte[] program(Shape shape, int instances) {
        int harts = shape.harts().size();
        var text = new StringBuilder("""
                li s3, %d
                li s4, %d
                li s5, %d
                slli t0, a0, 6
                add s8, s4, t0
                li t2, 1
                li t3, 2
                li s2, 0
                li s0, %d
                slli t0, a0, 17
                add s5, s5, t0
                mv s9, a0
                """.formatted(instances, FLAGS, OUTCOMES, VARIABLES));
        for (int id = 1; id < harts; id++) {
            text.append("li t0, ").append(id).append("\nbeq a0, t0, hart").append(id).append('\n');
        }
        for (int id = 0; id < harts; id++) {
            text.append("hart").append(id).append(":\n");
            // They meet every so many instances.
            text.append("andi t0, s2, ").append(TOGETHER - 1).append("\nbnez t0, met").append(id)
                    .append("\naddi t0, s2, 1\nsd t0, 0(s8)\n");
            for (int other = 0; other < harts; other++) {
                if (other != id) {
                    String wait = "wait" + id + "x" + other;
                    text.append(wait).append(":\nld t1, ").append(64 * other).append("(s4)\nbgeu t1, t0, ")
                            .append(wait).append("done\n.word 0x0100000f\nj ").append(wait).append('\n').append(wait)
                            .append("done:\n");
                }
            }
            text.append("met").append(id)
                    .append(":\naddi s1, s0, 64\naddi s6, s0, 128\nmv s7, s0\nli a2, 0\nli a3, 0\n");
            // Each begins a little later than the last time, and than others.
            text.append("mul t4, s2, s9\nandi t4, t4, 7\nskew").append(id)
                    .append(":\naddi t4, t4, -1\nbge t4, zero, skew").append(id).append('\n');
            text.append(shape.harts().get(id).replace('|', '\n')).append('\n');
            text.append("slli a3, a3, 4\nor a2, a2, a3\nsb a2, 0(s5)\naddi s5, s5, 1\n");
            text.append("addi s0, s0, ").append(INSTANCE).append("\naddi s2, s2, 1\nblt s2, s3, hart").append(id)
                    .append("\nj end\n");
        }
        text.append("""
                end:
                fence rw, rw
                addi t0, s4, 1024
                amoadd.d zero, t2, (t0)
                li t1, %d
                beqz s9, all
                sleep:
                wfi
                j sleep
                all:
                ld t4, 0(t0)
                .word 0x0100000f
                bne t4, t1, all
                """.formatted(harts)).append(Assembly.exit(0));
        return Assembly.of(text.toString());
    }

    /// Runs the instances of a shape once.
    ///
    /// @return how often each outcome came, the one in question with a star
    private static Map<String, Integer> outcomes(Shape shape, String engine, int instances) {
        Map<String, Integer> found = new TreeMap<>();
        int harts = shape.harts().size();
        try (Guest guest = new Guest(program(shape, instances), "riscv.harts", Integer.toString(harts), "riscv.smp",
                "parallel", "riscv.clock", "host", "riscv.engine", engine)) {
            assertEquals(0, guest.run());
            var read = new ArrayList<byte[]>();
            for (int id = 0; id < harts; id++) {
                read.add(bytes(guest, OUTCOMES + ((long) id << 17), instances));
            }
            ByteBuffer left = ByteBuffer.wrap(bytes(guest, VARIABLES, instances * INSTANCE))
                    .order(ByteOrder.LITTLE_ENDIAN);
            for (int i = 0; i < instances; i++) {
                int[][] registers = new int[harts][2];
                for (int id = 0; id < harts; id++) {
                    registers[id][0] = read.get(id)[i] & 15;
                    registers[id][1] = read.get(id)[i] >> 4 & 15;
                }
                long[] variables = {left.getLong(i * INSTANCE), left.getLong(i * INSTANCE + 64)};
                var outcome = new Outcome(registers, variables);
                boolean weak = shape.weak().test(outcome);
                if (weak) {
                    assertFalse(shape.forbidden(), () -> shape + " on " + engine + ": forbidden outcome");
                }
                found.merge(weak ? "weak" : "other", 1, Integer::sum);
            }
        }
        return found;
    }

    private static byte[] bytes(Guest guest, long address, int length) {
        byte[] bytes = new byte[length];
        guest.memory().readBuffer(address - Assembly.RAM, bytes, 0, length);
        return bytes;
    }

    @ParameterizedTest
    @FieldSource("SHAPES")
    void whatTheManualForbidsDoesNotHappen(Shape shape) {
        for (String engine : List.of("interpreter", "translated", "default")) {
            outcomes(shape, engine, 512);
        }
    }

    /// Many more, on all tiers; says how often what is allowed came.
    @ParameterizedTest
    @FieldSource("SHAPES")
    @Tag("long")
    void whatTheManualForbidsDoesNotHappenInManyRuns(Shape shape) {
        for (String engine : ENGINES) {
            var all = new TreeMap<String, Integer>();
            for (int round = 0; round < Integer.getInteger("penumbra.litmus.rounds", 3); round++) {
                outcomes(shape, engine, NEVER_MORE).forEach((name, count) -> all.merge(name, count, Integer::sum));
            }
            System.out.println("litmus " + shape + " " + engine + " " + all
                    + (shape.forbidden() ? "" : " (weak is allowed)"));
        }
    }

    /// Increments by every way there is; none is lost.
    @Test
    void atomicIncrementsAreNotLost() {
        int harts = 4;
        int times = 4000;
        String body = """
                li s4, %d
                li s3, %d
                li t2, 1
                loop:
                amoadd.d zero, t2, (s4)
                addi s5, s4, 64
                again:
                lr.w t0, (s5)
                addi t0, t0, 1
                sc.w t1, t0, (s5)
                bnez t1, again
                addi s6, s4, 128
                more:
                lr.d.aq t0, (s6)
                addi t0, t0, 1
                sc.d.rl t1, t0, (s6)
                bnez t1, more
                addi s3, s3, -1
                bnez s3, loop
                addi t0, s4, 192
                amoadd.w.aqrl zero, t2, (t0)
                beqz a0, all
                sleep:
                wfi
                j sleep
                all:
                lw t4, 0(t0)
                li t1, %d
                .word 0x0100000f
                bne t4, t1, all
                """.formatted(FLAGS, times, harts) + Assembly.exit(0);
        for (String engine : Stream.concat(ENGINES.stream(), Stream.of("quick")).toList()) {
            try (Guest guest = new Guest(Assembly.of(body), "riscv.harts", Integer.toString(harts), "riscv.smp",
                    "parallel", "riscv.clock", "host", "riscv.engine", engine)) {
                assertEquals(0, guest.run(), engine);
                ByteBuffer memory = ByteBuffer.wrap(bytes(guest, FLAGS, 192)).order(ByteOrder.LITTLE_ENDIAN);
                assertEquals(harts * times, memory.getLong(0), engine);
                assertEquals(harts * times, memory.getInt(64), engine);
                assertEquals(harts * times, memory.getLong(128), engine);
            }
        }
    }
}
