// SPDX-License-Identifier: Apache-2.0
package org.penumbra.tests.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.penumbra.options.ModelName;
import org.penumbra.tests.fuzz.FuzzRun.Way;

/// What a hypervisor's guest does through random tables of two stages, under random status bits and delegation
/// ([TwoStageProgram]): what accesses give, their traps and what they leave in the tables is the same in every way of execution,
/// and the same as in QEMU but for what [QemuDifferences] names.
///
/// `-Dpenumbra.fuzz.seed` starts at another seed, and `-Dpenumbra.fuzz.programs` says how many images the long ones run, of 600 steps
/// each: as many as wanted, for they may take a day.
@Timeout(600)
final class TwoStageFuzzTest {
    private static final Way[] MODELS = ModelName.ofHypervisors().stream().skip(1).map(Way.INTERPRETER::under).toArray(Way[]::new);

    private static final long SEED = Long.getLong("penumbra.fuzz.seed", 1);

    private static void compare(long from, int images, boolean partner, Way... others) {
        var differential = new TwoStageDifferential(partner, List.of(others));
        assertEquals(List.of(), LongStream.range(from, from + images).mapToObj(differential::difference).filter(Objects::nonNull).toList());
    }

    private static void compareWithQemu(int images) {
        assumeTrue(FuzzRun.qemuIsPresent(), "qemu-system-riscv64 is not installed");
        compare(SEED, images, true, Way.QEMU);
    }

    @Test
    void everyWayOfExecutionGivesTheSame() {
        compare(1, 3, false, Way.TRANSLATED, Way.DEFAULT);
    }

    /// The models other than `native` shadow the second stage.
    @Test
    void everyModelThatRunsHypervisorsGivesTheSame() {
        compare(1, 3, false, MODELS);
    }

    @Test
    @Tag("long")
    @Timeout(value = 1, unit = TimeUnit.DAYS)
    void everyModelThatRunsHypervisorsGivesTheSameForMore() {
        compare(SEED, Integer.getInteger("penumbra.fuzz.programs", 50), false, MODELS);
    }

    @Test
    void qemuGivesTheSame() {
        compareWithQemu(5);
    }

    @Test
    @Tag("long")
    @Timeout(value = 1, unit = TimeUnit.DAYS)
    void qemuGivesTheSameForMore() {
        compareWithQemu(Integer.getInteger("penumbra.fuzz.programs", 100));
    }
}
