// SPDX-License-Identifier: Apache-2.0
package org.penumbra.tests.fuzz;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.penumbra.tests.fuzz.FuzzRun.Way;

/// Fuzzes for longer than a test may: `FuzzMain WAYS PROFILE FIRST-SEED PROGRAMS [BATCH]`, a profile being `partner`, `own`
/// or `hot`; or, with images of 600 steps each, `two-stages` or, if QEMU is among the ways, `two-stages-partner`. Goes on after a
/// difference.
final class FuzzMain {
    private FuzzMain() {
    }

    public static void main(String[] arguments) {
        List<Way> ways = Stream.of(arguments[0].split(",")).map(Way::of).toList();
        if (arguments[1].startsWith("two-stages")) {
            fuzzTwoStages(new TwoStageDifferential(arguments[1].endsWith("partner"), ways), Long.parseLong(arguments[2]),
                    Long.parseLong(arguments[3]));
            return;
        }
        var profile = new ProgramGenerator.Profile(!arguments[1].equals("own"), arguments[1].equals("hot"));
        long seed = Long.parseLong(arguments[2]);
        long end = seed + Long.parseLong(arguments[3]);
        int batch = arguments.length > 4 ? Integer.parseInt(arguments[4]) : 200;
        int differences = 0;
        while (seed < end) {
            List<FuzzProgram> programs = new ArrayList<>();
            for (int i = 0; i < batch; i++) {
                programs.add(ProgramGenerator.generate(seed++, profile));
            }
            String difference = new Differential(ways).difference(programs);
            if (difference != null) {
                differences++;
                System.out.println(difference);
            }
            if (seed % (batch * 10L) < batch) {
                System.out.println(seed + " programs, batches that differ: " + differences);
            }
        }
        System.out.println("done up to seed " + seed + ", batches that differ: " + differences);
    }

    private static void fuzzTwoStages(TwoStageDifferential differential, long from, long images) {
        int differences = 0;
        for (long seed = from; seed < from + images; seed++) {
            String difference = differential.difference(seed);
            if (difference != null) {
                differences++;
                System.out.println(difference);
            }
            if ((seed - from) % 100 == 99) {
                System.out.println(seed - from + 1 + " images, different: " + differences);
            }
        }
        System.out.println("done, " + images + " images from seed " + from + ", different: " + differences);
    }
}
