// SPDX-License-Identifier: Apache-2.0
package org.penumbra.tests.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.penumbra.options.CpuName;
import org.penumbra.tests.fuzz.FuzzRun.Way;

/// What a hypervisor's guest does through random tables of two stages, under random status bits and delegation
/// ([TwoStageProgram]): what accesses give, their traps and what they leave in the tables is the same in every way of execution,
/// and the same as in QEMU but for what [QemuDifferences] names.
///
/// `-Dpenumbra.fuzz.seed` starts at another seed, and `-Dpenumbra.fuzz.programs` says how many images QEMU runs, of 600 steps each.
@Timeout(600)
final class TwoStageFuzzTest {
    private static final String[] FIELDS = {"cause", "tval", "guest-physical address", "tinst", "status", "a0", "epc", "vscause",
        "vsepc", "vstval", "vsstatus", "hstatus", "hip"};

    private static void compare(long from, int images, boolean partner, Way... others) {
        var differences = new ArrayList<String>();
        for (long seed = from; seed < from + images; seed++) {
            byte[] image = new TwoStageProgram(seed, partner, false).image();
            FuzzRun expected = FuzzRun.of(image, Way.INTERPRETER, CpuName.MAX);
            String[] left = expected.output().split("\n");
            assertEquals("exit 0", left[left.length - 1], expected.output());
            assertEquals(TwoStageProgram.LINES + 1, left.length, "all is printed");
            for (Way way : others) {
                FuzzRun run = FuzzRun.of(image, way, CpuName.MAX);
                if (!expected.output().equals(run.output())) {
                    differences.add("seed " + seed + " " + way + ": " + explain(seed, partner, way));
                } else if (way.counts(Way.INTERPRETER) && !expected.counts().equals(run.counts())) {
                    differences.add("seed " + seed + " " + way + ": counts " + expected.counts() + " " + run.counts());
                }
            }
        }
        assertEquals(List.of(), differences);
    }

    /// The first step that differs, field by field.
    private static String explain(long seed, boolean partner, Way way) {
        var program = new TwoStageProgram(seed, partner, true);
        byte[] image = program.image();
        String[] left = FuzzRun.of(image, Way.INTERPRETER, CpuName.MAX).output().split("\n");
        String[] right = FuzzRun.of(image, way, CpuName.MAX).output().split("\n");
        int fields = FIELDS.length;
        for (int i = 0; i < Math.max(left.length, right.length); i++) {
            if (!line(left, i).equals(line(right, i))) {
                int word = i - TwoStageProgram.STEPS * fields;
                if (word >= 0) {
                    return "double word " + word + " of tables and frames: " + line(left, i) + " " + line(right, i);
                }
                var text = new StringBuilder(program.described.get(i / fields));
                for (int j = i / fields * fields; j < (i / fields + 1) * fields; j++) {
                    text.append(FIELDS[j % fields]).append(' ').append(line(left, j))
                            .append(line(left, j).equals(line(right, j)) ? "" : " not " + line(right, j)).append('\n');
                }
                return text.toString();
            }
        }
        return "not when all is printed";
    }

    private static String line(String[] lines, int i) {
        return i < lines.length ? lines[i] : "nothing";
    }

    private static void compareWithQemu(int images) {
        assumeTrue(FuzzRun.qemuIsPresent(), "qemu-system-riscv64 is not installed");
        compare(Long.getLong("penumbra.fuzz.seed", 1), Integer.getInteger("penumbra.fuzz.programs", images), true, Way.QEMU);
    }

    @Test
    void everyWayOfExecutionGivesTheSame() {
        compare(1, 3, false, Way.TRANSLATED, Way.DEFAULT);
    }

    @Test
    void qemuGivesTheSame() {
        compareWithQemu(5);
    }

    @Test
    @Tag("long")
    void qemuGivesTheSameForMore() {
        compareWithQemu(100);
    }
}
