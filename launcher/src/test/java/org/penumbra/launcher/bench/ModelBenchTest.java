// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.penumbra.benchmarks.TreadmillOptions;
import org.penumbra.benchmarks.TreadmillWorkload;
import org.penumbra.launcher.Outcome;
import org.penumbra.launcher.cli.Failure;
import org.penumbra.launcher.guest.MachineOptions;
import org.penumbra.options.EngineMode;

@Timeout(300)
final class ModelBenchTest {

    @TempDir
    private Path directory;

    private static TimedRun taking(double... seconds) {
        return new TimedRun(new double[seconds.length], seconds, seconds);
    }

    @Test
    void modelsAreTimedInOneProcess() throws Exception {
        Path json = directory.resolve("b.json");
        Outcome outcome = Outcome.of("bench", "--models", "native,native,ssp", "--kernels", "forkexit,fib", "--rounds", "4", "--turns", "2",
                "--option=--engine=interpreter", "--json", json.toString());
        assertEquals(0, outcome.status(), outcome.err());
        String out = outcome.out().replaceAll(" +", " ");
        assertTrue(out.contains("\nforkexit paging ") && out.contains("\nfib s "), out);
        assertTrue(out.startsWith("kernel mode native native ssp"), out);
        JsonArray results = JsonParser.parseString(Files.readString(json)).getAsJsonArray();
        assertEquals(2, results.size());
        JsonArray sides = results.get(1).getAsJsonObject().getAsJsonArray("models");
        assertEquals(3, sides.size());
        JsonObject swift = sides.get(2).getAsJsonObject();
        assertEquals("ssp", swift.get("model").getAsString());
        assertEquals(2, swift.getAsJsonArray("cpuSeconds").size());
        assertEquals(4, swift.getAsJsonArray("cpuSeconds").get(0).getAsJsonArray().size());
        assertTrue(swift.get("steadySeconds").getAsDouble() > 0);
    }

    @Test
    void machinesTakeTurnsRoundByRound() {
        byte[] image = TreadmillWorkload.FORKEXIT.image(TreadmillOptions.DEFAULT.withRepeats(3), 1, 1, 1);
        Map<String, String> interpreted = MachineOptions.polyglot(EngineMode.INTERPRETER);
        List<TurnTaking.Finish> finishes = TurnTaking.of(List.of(new TurnTaking.Entry("one", image, interpreted),
                new TurnTaking.Entry("other", image, interpreted)), line -> line.contains("checksum"), System.err);
        double[] one = finishes.get(0).run().startSeconds();
        double[] other = finishes.get(1).run().startSeconds();
        assertEquals(4, one.length);
        assertEquals(4, finishes.get(0).lines().stream().filter(line -> line.startsWith("forkexit n=1 pages=1 writes=1 checksum=")).count());
        for (int round = 0; round < 4; round++) {
            assertTrue(one[round] + finishes.get(0).run().roundSeconds()[round] <= other[round]);
            assertTrue(round == 3 || other[round] + finishes.get(1).run().roundSeconds()[round] <= one[round + 1]);
        }
    }

    @Test
    void oneThatFailsLeavesTheOthersToEnd() {
        byte[] image = TreadmillWorkload.FORKEXIT.image(TreadmillOptions.DEFAULT, 1, 1, 1);
        Map<String, String> interpreted = MachineOptions.polyglot(EngineMode.INTERPRETER);
        Failure failure = assertThrows(Failure.class, () -> TurnTaking.of(List.of(new TurnTaking.Entry("good", image, interpreted),
                new TurnTaking.Entry("bad", new byte[] {1, 2, 3}, interpreted)), line -> line.contains("checksum"), System.err));
        assertTrue(failure.getMessage().startsWith("bad: "), failure.getMessage());
    }

    @Test
    void differenceIsTheMedianOfPairsAndThenOfTurns() {
        ModelResult result = new ModelResult("fib", "s", List.of("native", "ssp"), List.of(
                List.of(taking(9, 9, 9, 9, 2, 2, 1, 1), taking(9, 9, 9, 9, 2.2, 2.2, 1.1, 2)),
                List.of(taking(9, 9, 9, 9, 1, 1, 1, 1), taking(9, 9, 9, 9, 1, 1, 1, 1)),
                List.of(taking(9, 9, 9, 9, 1, 1, 1, 1), taking(9, 9, 9, 9, 0.9, 0.9, 0.9, 0.9))), false);
        ModelResult.Difference difference = result.difference(1);
        assertEquals(0, difference.middle(), 1e-9);
        assertEquals(-0.1, difference.least(), 1e-9);
        assertEquals(0.1, difference.most(), 1e-9);
        String table = ModelReport.table(List.of(result)).replaceAll(" +", " ");
        assertTrue(table.contains("\nfib s 1000.00 ms +0.0 % (-10.0 % .. +10.0 %) (*)"), table);
        assertTrue(table.contains("geometric mean +0.0 %") && table.contains("(*): in some turn still getting faster"), table);
    }

    @Test
    void runBesideWhichSomethingIsCompiledHasNotSettled() {
        TimedRun even = taking(1, 1, 1, 1, 1, 1, 1, 1);
        assertTrue(new TurnTaking.Finish(even, List.of(), new double[] {1, 1, 1, 1, 1, 1, 0.01, 0.02}).isSettled());
        assertFalse(new TurnTaking.Finish(even, List.of(), new double[] {0, 0, 0, 0, 0, 0, 0.5, 0}).isSettled());
        assertFalse(new TurnTaking.Finish(taking(9, 9, 9, 9, 2, 2, 1, 1), List.of(), new double[8]).isSettled());
    }

    @Test
    void allGetTwiceTheRoundsUntilEachHasSettledOrOneTookLongEnough() {
        var settled = new TurnTaking.Finish(taking(1, 1, 0.5, 0.1, 0.1, 0.1, 0.1, 0.1), List.of(), new double[8]);
        var faster = new TurnTaking.Finish(taking(1, 1, 0.5, 0.4, 0.4, 0.4, 0.2, 0.2), List.of(), new double[8]);
        var brief = new TurnTaking.Finish(taking(0.2, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1), List.of(), new double[8]);
        var lengthy = new TurnTaking.Finish(taking(2, 2, 0.5, 0.4, 0.4, 0.4, 0.2, 0.2), List.of(), new double[8]);
        assertEquals(0, Settling.missing(List.of(settled, settled)));
        assertEquals(8, Settling.missing(List.of(settled, faster)));
        assertEquals(8, Settling.missing(List.of(brief, settled)));
        assertEquals(0, Settling.missing(List.of(settled, faster, lengthy)));
        double[] most = new double[1000];
        assertEquals(0, Settling.missing(List.of(new TurnTaking.Finish(taking(most), List.of(), most))));
    }

    @Test
    void meanIsGeometric() {
        ModelResult twice = new ModelResult("a", "s", List.of("x", "y"), List.of(List.of(taking(1, 1), taking(2, 2))), true);
        ModelResult half = new ModelResult("b", "s", List.of("x", "y"), List.of(List.of(taking(1, 1), taking(0.5, 0.5))), true);
        assertEquals(0, ModelResult.mean(List.of(twice, half), result -> result.difference(1).middle()), 1e-9);
    }

    @Test
    void pictureAndUnknownNamesAreRefused() {
        assertEquals(64, Outcome.of("bench", "--models", "native,ssp", "--picture", "x.svg").status());
        assertEquals(64, Outcome.of("bench", "--models", "native,xsp").status());
        assertEquals(64, Outcome.of("bench", "--models", "native,ssp", "--kernels", "nothing").status());
        assertEquals(64, Outcome.of("bench", "--kernels", "forkexit").status());
    }
}
