// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.penumbra.options.ModelName;
import org.penumbra.options.Replacement;
import org.penumbra.options.Settings;
import org.penumbra.options.Synchronisation;
import org.penumbra.paging.TranslationOracle.Stage;

/// What every model must do; a new one joins by being listed in [Models].
class PagingModelContractTest {
    private static final int SHORT_RUNS = 8;
    private static final int SHORT_STEPS = 6_000;
    private static final int LONG_RUNS = Integer.getInteger("penumbra.contract.runs", 10);
    private static final int LONG_STEPS = 100_000;

    /// A set-up that differs from seed to seed in everything that may differ.
    static RandomGuest.Setup setup(String model, long seed) {
        int n = (int) (seed % 96);
        ModelOptions options = ModelOptions.DEFAULTS
                .withRootBuffer(new int[] {8, 0, 1, 2, 4, 16}[n % 6])
                .withReplacement(n % 4 < 2 ? Replacement.LRU : Replacement.RANDOM)
                .withSynchronisation(Synchronisation.values()[(n + 1) % 4])
                .withHostPages(n % 2 == 0 ? Settings.SMALL_PAGES : Settings.LARGE_PAGES)
                .withShadowMemory(n % 5 == 4 ? Settings.LEAST_SHADOW_MEMORY : 4 << 20)
                .withSecondStageLevels(n % 3 == 2 ? 4 : 3)
                .withSeed(seed);
        return new RandomGuest.Setup(model, options, 1 + n / 2 % 2, n % 4 != 3, n % 7 != 6, n % 3 == 1 ? 0 : 16,
                n % 5 < 2, Stage.OWN, seed);
    }

    @EveryModel
    void randomGuestsSeeOnlyWhatTheArchitectureAllows(String model) {
        run(model, SHORT_RUNS, SHORT_STEPS, Stage.OWN);
    }

    private static List<String> ofHypervisors() {
        return ModelName.ofHypervisors().stream().map(ModelName::toString).toList();
    }

    /// The same for what hypervisors' guests see of either stage.
    @ParameterizedTest(name = "{0}")
    @MethodSource("ofHypervisors")
    void randomGuestsOfHypervisorsSeeOnlyWhatTheArchitectureAllows(String model) {
        runBoth(model, SHORT_RUNS, SHORT_STEPS);
    }

    @Tag("long")
    @ParameterizedTest(name = "{0}")
    @MethodSource("ofHypervisors")
    void randomGuestsOfHypervisorsSeeOnlyWhatTheArchitectureAllowsForLong(String model) {
        runBoth(model, LONG_RUNS, LONG_STEPS);
    }

    /// A million steps a model; ten million with `-Dpenumbra.contract.runs=100`.
    @Tag("long")
    @EveryModel
    void randomGuestsSeeOnlyWhatTheArchitectureAllowsForLong(String model) {
        run(model, LONG_RUNS, LONG_STEPS, Stage.OWN);
    }

    private static void runBoth(String model, int runs, int steps) {
        run(model, runs, steps, Stage.FIRST);
        run(model, runs, steps, Stage.SECOND);
    }

    private static void run(String model, int runs, int steps, Stage stage) {
        for (int seed = 0; seed < runs; seed++) {
            RandomGuest guest = new RandomGuest(setup(model, seed).of(stage));
            guest.run(steps);
            assertTrue(guest.hits() > steps / 100, "hardly any TLB hits: " + guest.hits());
            assertTrue(guest.successes() > steps / 10, "hardly anything translates: " + guest.successes());
            assertTrue(guest.faults() > steps / 20, "hardly any faults: " + guest.faults());
        }
    }
}
