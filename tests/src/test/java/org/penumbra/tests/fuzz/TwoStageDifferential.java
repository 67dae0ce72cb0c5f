// SPDX-License-Identifier: Apache-2.0
package org.penumbra.tests.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.penumbra.options.CpuName;
import org.penumbra.tests.fuzz.FuzzRun.Way;

/// Compares what [TwoStageProgram]s give in several ways with what the interpreter under `native` gives.
///
/// @param partner whether QEMU has to give the same
/// @param others  the ways
record TwoStageDifferential(boolean partner, List<Way> others) {
    private static final String[] FIELDS = {"cause", "tval", "guest-physical address", "tinst", "status", "a0", "epc", "vscause",
        "vsepc", "vstval", "vsstatus", "hstatus", "hip"};

    /// What differs for the image of a seed, or null.
    String difference(long seed) {
        byte[] image = new TwoStageProgram(seed, partner, false).image();
        FuzzRun expected = FuzzRun.of(image, Way.INTERPRETER, CpuName.MAX);
        String[] left = expected.output().split("\n");
        assertEquals("exit 0", left[left.length - 1], expected.output());
        assertEquals(TwoStageProgram.LINES + 1, left.length, "all is printed");
        for (Way way : others) {
            FuzzRun run = FuzzRun.of(image, way, CpuName.MAX);
            if (!expected.output().equals(run.output())) {
                return "seed " + seed + " " + way + ": " + explain(seed, way);
            } else if (way.counts(Way.INTERPRETER) && !expected.counts().equals(run.counts())) {
                return "seed " + seed + " " + way + ": counts " + expected.counts() + " " + run.counts();
            }
        }
        return null;
    }

    /// The first step that differs, field by field.
    private String explain(long seed, Way way) {
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
}
