// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.penumbra.code.CodePage;
import org.penumbra.device.board.VirtMap;
import org.penumbra.hart.Hart;
import org.penumbra.isa.BranchOp;
import org.penumbra.isa.Decoder;
import org.penumbra.isa.ImmediateOp;
import org.penumbra.isa.Instruction;
import org.penumbra.language.region.Block;
import org.penumbra.language.region.Edge;
import org.penumbra.language.region.RegionPlan;
import org.penumbra.language.region.Terminator;
import org.penumbra.language.translator.CodeForm;
import org.penumbra.language.translator.TranslatedCode;
import org.penumbra.language.translator.Translator;
import org.penumbra.machine.Machine;
import org.penumbra.machine.MachineConfig;
import org.penumbra.machine.image.RawImage;

/// What the middle tier takes for granted of HotSpot: when its compilers take up a region. A JDK that changes that makes
/// Penumbra slow and nothing else, so these tests are to say it.
final class HotSpotPolicyTest {
    private static final long PC = 0x8000_0000L;
    private static final int A0 = 10;
    /// Attempts: other tests' code may be before ours in the compilers' queues.
    private static final int ATTEMPTS = 5;
    private static final long PATIENCE_NANOS = 10_000_000_000L;
    private static final int FIRST_COMPILER = 3;
    private static final int SECOND_COMPILER = 4;

    private Hart hart;
    private Translator translator;

    @BeforeEach
    void buildMachine() throws Exception {
        var machine = new Machine(MachineConfig.standard().withMemory(1 << 20), RawImage.of("image", new byte[64], VirtMap.RAM));
        machine.powerOn();
        hart = machine.monitors().getFirst().hart();
        translator = new Translator(machine.monitors().getFirst());
    }

    /// Counts a0 down to 0.
    private TranslatedCode countdown(CodeForm form) {
        Instruction decrement = Decoder.decode(ImmediateOp.ADDI.encode(A0, A0, 0, 0, 0, -1));
        Instruction branch = Decoder.decode(BranchOp.BNE.encode(0, A0, 0, 0, 0, -4));
        var end = new Terminator.Branch(BranchOp.BNE, A0, 0, 0.99, new Edge(0, PC, true, false),
                new Edge(Edge.OUTSIDE, PC + 8, false, false));
        var block = new Block(List.of(new Block.Step(PC, decrement), new Block.Step(PC + 4, branch)), end);
        var plan = new RegionPlan(PC, List.of(block), 2, new int[] {A0}, new int[] {A0}, false, new long[] {PC}, new CodePage[0]);
        return translator.translate(plan, "countdown", form, Translator.MAXIMUM_BYTECODE);
    }

    private void run(TranslatedCode code, long iterations) {
        begin(iterations);
        code.run();
        assertEnded();
    }

    private void begin(long iterations) {
        hart.pc = PC;
        hart.registers[A0] = iterations;
        hart.remaining = 2 * iterations + 2;
    }

    private void assertEnded() {
        assertEquals(0, hart.registers[A0]);
        assertEquals(PC + 8, hart.pc);
        assertEquals(2, hart.remaining);
    }

    private static boolean happens(BooleanSupplier event) throws InterruptedException {
        long begun = System.nanoTime();
        while (!event.getAsBoolean()) {
            if (System.nanoTime() - begun > PATIENCE_NANOS) {
                return false;
            }
            Thread.sleep(1);
        }
        return true;
    }

    @Test
    void hotSpotCanBeAskedWithTheOptionsOfTheTests() {
        assertTrue(HotSpotMethods.AVAILABLE);
    }

    @Test
    void requestGetsARegionTheFirstCompilersCode() throws InterruptedException {
        boolean compiled = false;
        for (int attempt = 0; attempt < ATTEMPTS && !compiled; attempt++) {
            TranslatedCode code = countdown(CodeForm.QUICK);
            assertFalse(HotSpotMethods.isCompiled(code.getClass(), "run"));
            // Translating has made other methods hot. The longer the compiler's queue, the higher its thresholds.
            Thread.sleep(200L * (attempt + 1));
            new Translation(hart, code, false).request();
            compiled = happens(() -> HotSpotMethods.isCompiled(code.getClass(), "run"));
        }
        assertTrue(compiled, "HotSpot's first compiler does not take up what was called " + Translation.CALLS_TO_COMPILE
                + " times: its policy has changed");
    }

    @Test
    void regionThatRunsGetsTheSecondCompilersCode() throws InterruptedException {
        TranslatedCode code = countdown(CodeForm.QUICK);
        var translation = new Translation(hart, code, false);
        translation.request();
        assertTrue(happens(translation::isReady));
        assertTrue(happens(() -> {
            for (int k = 0; k < 1000; k++) {
                run(code, 1000);
            }
            return HotSpotMethods.isCompiled(code.getClass(), "run", SECOND_COMPILER);
        }), "HotSpot's second compiler does not take up a hot region: its policy has changed");
        assertFalse(HotSpotMethods.isCompiled(code.getClass(), "run", FIRST_COMPILER));
    }

    @Test
    void quickFormGetsTheFirstCompilersCodeOnRequest() throws InterruptedException {
        assertTrue(HotSpotCompilers.AVAILABLE);
        TranslatedCode code = countdown(CodeForm.QUICK);
        var translation = new QuickTranslation(code);
        assertNull(translation.direct());
        translation.request();
        assertTrue(happens(translation::isReady), "HotSpot's first compiler does not take requests");
        assertEquals(code, translation.direct());
        run(translation, 1000);
    }

    @Test
    void optimisedFormGetsTheSecondCompilersCodeAfterItsVisits() throws InterruptedException {
        TranslatedCode code = countdown(CodeForm.OPTIMISED);
        var translation = new OptimisedTranslation(hart, code, 2);
        translation.request();
        int visits = 0;
        while (translation.wantsVisits()) {
            assertFalse(translation.isReady());
            visits++;
            begin(10);
            translation.visit();
            assertEnded();
        }
        assertEquals(OptimisedTranslation.VISITS, visits);
        assertTrue(happens(translation::isReady), "HotSpot's second compiler does not take requests");
        assertEquals(code, translation.direct());
        run(translation, 1000);
        assertFalse(translation.missesOften(2000));
        code.misses = 3;
        assertTrue(translation.missesOften(2000));
    }

    /// The JVM's interpreter leaves a loop after some hundred instructions.
    @Test
    void visitsAreShort() {
        var translation = new OptimisedTranslation(hart, countdown(CodeForm.OPTIMISED), 2);
        begin(1_000_000);
        translation.visit();
        assertEquals(PC, hart.pc);
        long executed = 2_000_002 - hart.remaining;
        assertTrue(executed > 100 && executed < 1000, "executed " + executed);
        assertEquals(1_000_000 - executed / 2, hart.registers[A0]);
    }

    private void run(CompiledCode code, long iterations) {
        begin(iterations);
        assertTrue(code.run());
        assertEnded();
    }
}
