// SPDX-License-Identifier: Apache-2.0
package org.penumbra.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.graalvm.polyglot.Context;
import org.graalvm.polyglot.PolyglotException;
import org.graalvm.polyglot.Source;
import org.graalvm.polyglot.io.ByteSequence;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.penumbra.options.ModelName;
import org.penumbra.tests.GuestRun.EngineMode;

/// Runs the hypervisor of `tests/guest/hypervisor` with its guests.
@Timeout(300)
final class HypervisorGuestTest {
    private static final Path FILES = Path.of("src", "test", "resources", "hypervisor");

    private static GuestRun run(EngineMode mode, ModelName model) throws IOException {
        return GuestRun.of(Files.readAllBytes(FILES.resolve("monitor.elf")), new byte[0], mode,
                Map.of("riscv.cpu", "max", "riscv.model", model.toString()));
    }

    /// Output, status and all counts are the same.
    private static void assertSame(EngineMode mode, ModelName model) throws IOException {
        GuestRun interpreted = run(EngineMode.INTERPRETER, model);
        assertEquals(Files.readString(FILES.resolve("monitor.output")), interpreted.output());
        assertEquals(0, interpreted.status());
        assertEquals(interpreted, run(mode, model));
    }

    @ParameterizedTest
    @EnumSource(value = EngineMode.class, names = {"TRANSLATED", "DEFAULT"})
    void hypervisorAndItsGuestsGiveTheSameInterpretedTranslatedAndByDefault(EngineMode mode) throws IOException {
        assertSame(mode, ModelName.NATIVE);
    }

    @ParameterizedTest
    @EnumSource(value = ModelName.class, names = {"TSP", "SSP", "HAP"})
    void hypervisorAndItsGuestsGiveTheSameUnderModelsThatShadowTheSecondStage(ModelName model) throws IOException {
        assertSame(EngineMode.DEFAULT, model);
    }

    @Test
    @Tag("long")
    void hypervisorAndItsGuestsGiveTheSameWhenEverythingIsCompiledAtOnce() throws IOException {
        assertSame(EngineMode.IMMEDIATE, ModelName.NATIVE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"tsp-unsync", "lsp", "asp", "msp", "agile", "flat", "pvm"})
    void otherModelsSayThatTheyRunNoHypervisors(String model) {
        assertRefused("the hypervisor extension does not work under --model " + model
                + ", only under native, tsp, ssp, hap yet; --cpu scalar is --cpu max without it", "riscv.model", model);
    }

    @Test
    void timingModelSaysThatItKnowsNoHypervisors() {
        assertRefused("the timing model does not know the hypervisor extension yet; --cpu scalar is --cpu max without it",
                "riscv.timing", "nanhu");
    }

    private static void assertRefused(String message, String option, String value) {
        try (Context context = Context.newBuilder("riscv").allowExperimentalOptions(true).option("riscv.cpu", "max")
                .option(option, value).option("riscv.raw", "true").build()) {
            var source = Source.newBuilder("riscv", ByteSequence.create(new byte[16]), "nothing")
                    .mimeType("application/x-riscv-elf").buildLiteral();
            var refused = assertThrows(PolyglotException.class, () -> context.eval(source));
            assertEquals(message, refused.getMessage());
        }
    }
}
