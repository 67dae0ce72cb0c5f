// SPDX-License-Identifier: Apache-2.0
package org.penumbra.tests.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.penumbra.isa.ImmediateOp;
import org.penumbra.isa.SystemOp;
import org.penumbra.options.CpuName;
import org.penumbra.options.ModelName;
import org.penumbra.tests.fuzz.FuzzProgram.Item;
import org.penumbra.tests.fuzz.FuzzRun.Way;

/// Random programs must end with the same registers, memory, page tables and traps however they are executed.
///
/// Seeds are fixed; `-Dpenumbra.fuzz.seed` starts elsewhere and `-Dpenumbra.fuzz.programs` says how many to run. A failure
/// names the seed of the program that differs and shows it made small. In bulk, which takes two minutes of processor time
/// for 100,000 programs in QEMU and the interpreter, and half a second or more for each that is compiled:
///
///     mvn -B -ntp verify -Poffline -pl tests -am -Dtest=DifferentialFuzzTest -Dsurefire.failIfNoSpecifiedTests=false
///
/// [QemuDifferences] says what is left out because QEMU does otherwise, [FuzzMain] goes on after a difference.
@Timeout(600)
final class DifferentialFuzzTest {
    private static final ProgramGenerator.Profile OWN = new ProgramGenerator.Profile(false, false);
    private static final ProgramGenerator.Profile PARTNER = new ProgramGenerator.Profile(true, false);
    private static final ProgramGenerator.Profile HOT = new ProgramGenerator.Profile(false, true);
    private static final int BATCH = 250;

    private static void assertAgreement(ProgramGenerator.Profile profile, int programs, int batch, Way... ways) {
        int count = Integer.getInteger("penumbra.fuzz.programs", programs);
        long seed = Long.getLong("penumbra.fuzz.seed", 1_000_000);
        for (int done = 0; done < count; done += batch) {
            List<FuzzProgram> some = new ArrayList<>();
            for (int i = done; i < Math.min(count, done + batch); i++) {
                some.add(ProgramGenerator.generate(seed + i, profile));
            }
            String difference = new Differential(List.of(ways)).difference(some);
            assertNull(difference, difference);
        }
    }

    @Test
    void interpreterAndRegionsAgree() {
        assertAgreement(OWN, 60, 60, Way.INTERPRETER, Way.NODES, Way.NODES.under(ModelName.SSP));
    }

    @Test
    void interpreterAndTranslatedRegionsAgree() {
        assertAgreement(OWN, 60, 60, Way.INTERPRETER, Way.TRANSLATED, Way.TRANSLATED.under(ModelName.SSP));
        assertAgreement(HOT, 20, 20, Way.INTERPRETER, Way.TRANSLATED);
    }

    @Test
    void translationModelsAgree() {
        assertAgreement(OWN, 150, 150, Way.models());
    }

    @Test
    void interpreterAndRegionsCompiledWhenHotAgree() {
        assertAgreement(HOT, 8, 8, Way.INTERPRETER, Way.DEFAULT);
    }

    @Test
    void interpreterAndQemuAgree() {
        assumeTrue(FuzzRun.qemuIsPresent(), "qemu-system-riscv64 is not installed");
        assertAgreement(PARTNER, BATCH, BATCH, Way.INTERPRETER, Way.QEMU);
    }

    @Test
    @Tag("offline")
    @Timeout(7200)
    void translationModelsAgreeOnManyPrograms() {
        assertAgreement(OWN, 5000, BATCH, Way.models());
    }

    @Test
    @Tag("offline")
    @Timeout(7200)
    void interpreterAndRegionsAgreeOnManyPrograms() {
        assertAgreement(OWN, 2000, BATCH, Way.INTERPRETER, Way.NODES, Way.NODES.under(ModelName.SSP));
    }

    @Test
    @Tag("offline")
    @Timeout(7200)
    void interpreterAndTranslatedRegionsAgreeOnManyPrograms() {
        assertAgreement(OWN, 50_000, BATCH, Way.INTERPRETER, Way.TRANSLATED, Way.TRANSLATED.under(ModelName.SSP), Way.TRANSLATED.under(ModelName.HAP));
        assertAgreement(HOT, 50_000, BATCH, Way.INTERPRETER, Way.TRANSLATED);
    }

    @Test
    @Tag("offline")
    @Timeout(7200)
    void translatedRegionsAndQemuAgreeOnManyPrograms() {
        assumeTrue(FuzzRun.qemuIsPresent(), "qemu-system-riscv64 is not installed");
        assertAgreement(PARTNER, 20_000, 1000, Way.TRANSLATED, Way.QEMU);
    }

    @Test
    @Tag("offline")
    @Timeout(7200)
    void interpreterAndRegionsCompiledWhenHotAgreeOnManyPrograms() {
        assertAgreement(HOT, 1000, 20, Way.INTERPRETER, Way.DEFAULT, Way.DEFAULT.under(ModelName.SSP));
    }

    @Test
    @Tag("offline")
    @Timeout(7200)
    void interpreterAndRegionsCompiledAtOnceAgreeOnManyPrograms() {
        assertAgreement(HOT, 10, 2, Way.INTERPRETER, Way.IMMEDIATE);
    }

    @Test
    @Tag("offline")
    @Timeout(7200)
    void interpreterAndQemuAgreeOnManyPrograms() {
        assumeTrue(FuzzRun.qemuIsPresent(), "qemu-system-riscv64 is not installed");
        assertAgreement(PARTNER, 100_000, 1000, Way.INTERPRETER, Way.QEMU);
    }

    /// By what QEMU 7.2 does otherwise: it knows no cache blocks.
    @Test
    void differenceFromQemuIsShownWithItsSeedAndMadeSmall() {
        assumeTrue(FuzzRun.qemuIsPresent(), "qemu-system-riscv64 is not installed");
        // One that starts in machine mode: in others a cache block is illegal here, too.
        FuzzProgram program = IntStream.iterate(31, seed -> seed + 1).mapToObj(seed -> ProgramGenerator.generate(seed, PARTNER))
                .filter(candidate -> (candidate.setup().status() >>> 11 & 3) == 3).findFirst().orElseThrow();
        int bits = SystemOp.CBO_CLEAN.encode(0, 0, 0, 0, 0, 0);
        List<Item> body = new ArrayList<>(program.body());
        body.add(new FuzzProgram.Code(bits & 0xffff, bits >>> 16));
        List<FuzzProgram> batch = List.of(ProgramGenerator.generate(30, PARTNER), program.with(body, program.functions()));
        String difference = new Differential(List.of(Way.INTERPRETER, Way.QEMU)).difference(batch);
        assumeTrue(difference != null, "this QEMU has Zicbom");
        assertTrue(difference.startsWith("seed " + program.seed() + ", interpreter and qemu\n") && difference.contains("cbo.clean"), difference);
        assertTrue(difference.lines().filter(line -> line.matches("802.*: .*")).count() < 10, difference);
    }

    @Test
    void seedGivesTheSameProgram() {
        byte[] once = FuzzImage.of(List.of(ProgramGenerator.generate(7, OWN)), false);
        byte[] again = FuzzImage.of(List.of(ProgramGenerator.generate(7, OWN)), false);
        org.junit.jupiter.api.Assertions.assertArrayEquals(once, again);
    }

    /// That the comparison sees a difference, and says where: a program that does another thing each time it is written.
    @Test
    void differenceIsFoundAndMadeSmall() {
        FuzzProgram program = ProgramGenerator.generate(3, OWN);
        Item culprit = new FuzzProgram.Code(SystemOp.FENCE_I.encode(0, 0, 0, 0, 0, 0), 0);
        List<Item> body = new ArrayList<>(program.body());
        body.add(body.size() / 2, new FuzzProgram.Loop(5, 2, List.of(new FuzzProgram.Code(1), culprit)));
        FuzzProgram small = Differential.shrink(program.with(body, program.functions()), candidates -> {
            for (int i = 0; i < candidates.size(); i++) {
                if (contains(candidates.get(i).body(), culprit)) {
                    return i;
                }
            }
            return -1;
        });
        assertEquals(List.of(culprit), small.body());
    }

    private static boolean contains(List<Item> items, Item wanted) {
        return items.stream().anyMatch(item -> item == wanted || item instanceof FuzzProgram.Loop loop && contains(loop.body(), wanted));
    }

    @Test
    void harnessHashesWhatAProgramLeaves() {
        FuzzProgram program = ProgramGenerator.generate(11, OWN);
        int bits = ImmediateOp.XORI.encode(9, 9, 0, 0, 0, 1);
        List<Item> body = List.of(new FuzzProgram.Code(bits & 0xffff, bits >>> 16));
        String one = FuzzRun.of(FuzzImage.of(List.of(program.with(List.of(), List.of())), false), Way.INTERPRETER, CpuName.MAX).output();
        String other = FuzzRun.of(FuzzImage.of(List.of(program.with(body, List.of())), false), Way.INTERPRETER, CpuName.MAX).output();
        assertTrue(one.matches("[0-9a-f]{16}\nexit 0"), one);
        assertTrue(other.matches("[0-9a-f]{16}\nexit 0"), other);
        org.junit.jupiter.api.Assertions.assertNotEquals(one, other);
    }
}
