// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.penumbra.launcher.cli.Failure;

final class TimedRunTest {

    private static TimedRun shell(String script) {
        return TimedRun.of(List.of("sh", "-c", script), 20);
    }

    @Test
    void roundsAreTimedByTheirLines() {
        TimedRun run = shell("echo k mode=bare; sleep 0.2; echo round 1 start; sleep 0.3; echo round 1 end; "
                + "echo round 2 start; echo round 2 end; echo k checksum=12");
        assertEquals(2, run.roundSeconds().length);
        assertTrue(run.startSeconds()[0] >= 0.2, "start " + run.startSeconds()[0]);
        assertTrue(run.roundSeconds()[0] >= 0.3, "round " + run.roundSeconds()[0]);
        assertTrue(run.roundSeconds()[1] < run.roundSeconds()[0]);
        assertTrue(!(run.cpuSeconds()[0] > 0.2), "sleeping costs no processor time: " + run.cpuSeconds()[0]);
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "echo round 1 start; echo round 1 end; echo k checksum=12 expected=13",
        "echo round 1 start; echo round 1 end",
        "echo round 1 start; echo k checksum=12",
        "echo round 1 start; echo round 1 end; echo k checksum=12; exit 3",
        "true"})
    void runThatWentWrongCountsForNothing(String script) {
        assertThrows(Failure.class, () -> shell(script));
    }

    @Test
    void runWithoutEndIsEnded() {
        assertThrows(Failure.class, () -> TimedRun.of(List.of("sleep", "60"), 1));
    }

    @Test
    void steadyStateIsTheSecondHalfAndBeginsAtTheFirstRoundThatIsAsFast() {
        TimedRun run = new TimedRun(new double[] {1, 6, 9, 10.05}, new double[] {5, 3, 1.05, 1},
                new double[] {5, 3, 1.05, Double.NaN});
        assertEquals(1.025, run.steadySeconds(), 1e-9);
        assertEquals(9, run.secondsUntilSteady(), 1e-9);
    }

    /// Rounds as a clock that counts by ticks shows them.
    private static TimedRun ticking(double tick, double... seconds) {
        double[] starts = new double[seconds.length];
        double[] shown = new double[seconds.length];
        double now = 0;
        for (int i = 0; i < seconds.length; i++) {
            starts[i] = now;
            now += seconds[i];
            shown[i] = (Math.floor(now / tick) - Math.floor(starts[i] / tick)) * tick;
        }
        return new TimedRun(starts, seconds, shown);
    }

    private static double[] rounds(int slow, double slowSeconds, int fast, double fastSeconds) {
        double[] seconds = new double[slow + fast];
        Arrays.fill(seconds, 0, slow, slowSeconds);
        Arrays.fill(seconds, slow, slow + fast, fastSeconds);
        return seconds;
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.001, 0.0053, 0.009, 0.0181, 0.0303, 0.09, 0.25})
    void aClockThatCountsByTicksOfAHundredthOfASecondTellsHowLongARoundTakes(double round) {
        TimedRun run = ticking(0.01, rounds(20, 0.5, (int) (4 / round), round));
        assertEquals(round, run.steadySeconds(), 0.04 * round);
        assertEquals(10, run.secondsUntilSteady(), 0.2);
        assertTrue(run.isSettled());
        TimedRun faster = ticking(0.01, rounds((int) (2 / round), round, (int) (2 / round), 0.85 * round));
        assertEquals(0.85 * round, faster.steadySeconds(), 0.04 * round);
    }

    @Test
    void roundsTooShortForTheClockAreTakenTogether() {
        assertEquals(0.02, taking(1, 1, 1, 1, 0.01, 0.01, 0.03, 0.03).steadySeconds(), 1e-9, "all there are");
        assertEquals(0.22 / 3, taking(1, 1, 1, 1, 1, 0.1, 0.02, 0.1, 0.02, 0.1).steadySeconds(), 1e-9, "the rest is too short");
    }

    private static TimedRun taking(double... seconds) {
        return new TimedRun(new double[seconds.length], seconds, seconds);
    }

    @Test
    void runIsSettledWhenItsLastQuarterIsNoFasterThanTheOneBefore() {
        assertTrue(taking(9, 5, 2, 1, 1.05, 1.05, 1, 1).isSettled());
        assertFalse(taking(9, 5, 2, 1, 1.2, 1.2, 1, 1).isSettled());
        assertTrue(taking(1, 1, 1, 1, 1, 1, 1, 2).isSettled(), "a disturbance at the end is no progress");
        assertFalse(taking(1, 1, 1, 1).isSettled(), "too few rounds to tell");
    }

    @Test
    void runIsNotSettledWhileSomethingElseTakesProcessorTime() {
        double[] seconds = {2, 2, 2, 2, 2, 2, 2, 2};
        assertTrue(new TimedRun(new double[8], seconds, seconds).isSettled());
        assertFalse(new TimedRun(new double[8], seconds, new double[] {2, 2, 2, 2, 2, 2, 3, 3}).isSettled());
        assertTrue(new TimedRun(new double[8], seconds, new double[] {3, 3, 3, 3, 2.1, 2.1, 2, 2}).isSettled());
        assertTrue(new TimedRun(new double[8], seconds, new double[] {2, 2, 2, 2, 2, 2, 2, Double.NaN}).isSettled());
    }

    @Test
    void shortRunIsGivenAsManyRoundsAsFillNineSeconds() {
        TimedRun run = taking(1, 0.5, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1);
        assertEquals(2.1, run.totalSeconds(), 1e-9);
        assertEquals(69, Settling.missing(run));
        assertEquals(996, Settling.missing(taking(0, 0, 0, 0)));
    }

    @Test
    void runOfTheOthersIsToTakeTwoSeconds() {
        Contender qemu = new Contender.Qemu("", 1);
        assertEquals(8, Settling.firstRounds(qemu, null));
        assertEquals(5, Settling.firstRounds(qemu, 5));
        assertEquals(8, Settling.missing(qemu, null, taking(rounds(0, 0, 8, 0.125))));
        assertEquals(0, Settling.missing(qemu, 8, taking(rounds(0, 0, 8, 0.125))));
        assertEquals(0, Settling.missing(qemu, null, taking(rounds(0, 0, 8, 0.25))));
    }

    @Test
    void runIsMadeAnewUntilItHasEnoughRounds() throws IOException {
        List<Long> asked = new ArrayList<>();
        TimedRun run = Settling.run(new Contender.Qemu("", 1), null, 8, rounds -> {
            asked.add(rounds);
            return taking(rounds(0, 0, (int) rounds, 0.125));
        });
        assertEquals(List.of(8L, 16L), asked);
        assertEquals(16, run.roundSeconds().length);
    }

    @Test
    void runThatIsGettingFasterGetsTwiceTheRounds() {
        assertEquals(8, Settling.missing(taking(5, 4, 2, 1, 1, 0.8, 0.6, 0.4)));
        assertEquals(0, Settling.missing(taking(5, 4, 2, 1, 1, 1, 1, 1)));
        assertEquals(0, Settling.missing(taking(9, 9, 9, 9, 4, 3, 2, 1)), "it took long enough");
    }

    @Test
    void medianOfEvenlyManyIsTheMiddleOfTwo() {
        assertEquals(2.5, TimedRun.median(new double[] {4, 1, 3, 2}));
        assertEquals(3, TimedRun.median(new double[] {4, 3, 1}));
    }
}
