// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.translator;

import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.penumbra.code.CodePage;
import org.penumbra.device.board.VirtMap;
import org.penumbra.isa.Decoder;
import org.penumbra.isa.LoadOp;
import org.penumbra.language.region.Block;
import org.penumbra.language.region.Edge;
import org.penumbra.language.region.RegionPlan;
import org.penumbra.language.region.Terminator;
import org.penumbra.machine.Machine;
import org.penumbra.machine.MachineConfig;
import org.penumbra.machine.image.RawImage;

/// Regions of all sizes: what does not fit is refused, which makes the engine try less.
final class TranslatorTest {
    private static final long PC = 0x8000_0000L;

    private static Translator translator() throws Exception {
        var machine = new Machine(MachineConfig.standard().withMemory(1 << 20),
                RawImage.of("image", new byte[64], VirtMap.RAM));
        machine.powerOn();
        return new Translator(machine.monitors().getFirst());
    }

    /// One block of loads into all integer and floating-point registers in turn, all of which a miss has to save.
    private static RegionPlan loads(int count) {
        var steps = new ArrayList<Block.Step>();
        for (int k = 0; k < count; k++) {
            int register = k % 62;
            LoadOp op = register < 31 ? LoadOp.LD : LoadOp.FLD;
            int bits = op.encode(register < 31 ? register + 1 : register - 31, 2, 0, 0, 0, 8);
            steps.add(new Block.Step(PC + 4L * k, Decoder.decode(bits)));
        }
        var end = new Terminator.Jump(new Edge(Edge.OUTSIDE, PC + 4L * count, false, false));
        int[] registers = IntStream.range(1, 63).toArray();
        return new RegionPlan(PC, List.of(new Block(List.copyOf(steps), end)), count, registers, registers, true,
                new long[] {PC}, new CodePage[0]);
    }

    @ParameterizedTest
    @EnumSource(CodeForm.class)
    void fewInstructionsFitWhateverTheyAre(CodeForm form) throws Exception {
        assertNotNull(translator().translate(loads(16), "few", form, Translator.MAXIMUM_BYTECODE));
    }

    @ParameterizedTest
    @ValueSource(ints = {128, 400, 1000})
    void tooManyAreRefused(int count) throws Exception {
        assertNull(translator().translate(loads(count), "many", CodeForm.QUICK, Translator.MAXIMUM_BYTECODE));
    }
}
