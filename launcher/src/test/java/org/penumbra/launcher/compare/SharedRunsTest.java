// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonParser;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.penumbra.launcher.Outcome;
import org.penumbra.launcher.report.Run;

class SharedRunsTest {

    private static final String ONE = "10.0.0.1:5701 a";
    private static final String TWO = "10.0.0.2:5701 b";
    private static final String RESULT = """
            [{"workload": "idle", "output": "done", "setting": {}, "model": "native", "hostSeconds": %s,
              "tlb": {"misses": %d}}]""";

    private final SharedRuns.Maps maps = new SharedRuns.Maps(new ConcurrentHashMap<>(), new ConcurrentHashMap<>(),
            new ConcurrentHashMap<>(), new ConcurrentHashMap<>());
    private final Set<String> there = new HashSet<>(Set.of(ONE, TWO));
    private final SharedRuns one = member(ONE);
    private final SharedRuns two = member(TWO);

    private SharedRuns member(String name) {
        List<ComparePlan.Planned> jobs = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            jobs.add(new ComparePlan.Planned("job " + i, Map.of(), Map.of(), Map.of()));
        }
        return new SharedRuns(new ComparePlan(jobs), maps, name, () -> there);
    }

    private static JsonArray result(double seconds, int misses) {
        return JsonParser.parseString(RESULT.formatted(seconds, misses)).getAsJsonArray();
    }

    private static final class Report implements CompareRun.Results {
        private final Set<Integer> done = new HashSet<>();
        private final List<String> failures = new ArrayList<>();

        @Override
        public void done(int job, List<Run> runs) {
            assertTrue(done.add(job));
            assertEquals("idle", runs.getFirst().workload());
        }

        @Override
        public void failed(String failure) {
            failures.add(failure);
        }
    }

    private Report report() {
        Report report = new Report();
        one.report(report);
        return report;
    }

    @Test
    void membersTakeDifferentJobs() {
        assertEquals(OptionalInt.of(0), one.take());
        assertEquals(OptionalInt.of(1), two.take());
        assertEquals(OptionalInt.of(2), one.take());
        one.done(0, result(1, 5));
        two.done(1, result(1, 5));
        assertFalse(one.isComplete());
        one.done(2, result(1, 5));
        assertTrue(two.isComplete());
        assertEquals(OptionalInt.empty(), two.take());
        assertEquals(Set.of(0, 1, 2), report().done);
        assertEquals(List.of(), report().failures);
    }

    @Test
    void whatAMemberTookThatIsGoneIsDoneAgain() {
        two.take();
        one.take();
        one.take();
        one.done(1, result(1, 5));
        there.remove(TWO);
        assertEquals(OptionalInt.of(0), one.take());
        // Another process at the same address is another member.
        SharedRuns later = member("10.0.0.2:5701 c");
        there.add("10.0.0.2:5701 c");
        there.remove(ONE);
        assertEquals(OptionalInt.of(0), later.take());
        assertEquals(OptionalInt.of(2), later.take());
    }

    @Test
    void aClaimThatWasMadeTwiceIsOnesOwn() {
        maps.claims().put(0, ONE);
        assertEquals(OptionalInt.of(0), one.take());
        assertEquals(OptionalInt.of(1), one.take());
    }

    @Test
    void whoWaitsDoesWhatAnotherHasNotFinished() {
        one.take();
        one.take();
        two.take();
        two.done(2, result(1, 5));
        assertEquals(OptionalInt.of(0), two.take());
        assertEquals(OptionalInt.of(1), two.take());
        assertEquals(OptionalInt.empty(), two.take());
        assertEquals(OptionalInt.empty(), one.take());
    }

    @Test
    void secondResultsThatAreTheSameAreDropped() {
        one.done(0, result(1, 5));
        two.done(0, result(2.5, 5));
        assertEquals(Set.of(0), report().done);
        assertEquals(List.of(), report().failures);
    }

    @Test
    void resultsThatDifferAreAnErrorThatNamesBothMembers() {
        one.done(0, result(1, 5));
        two.done(0, result(1, 6));
        assertEquals(List.of("job 0: 10.0.0.1:5701 and 10.0.0.2:5701 contradict each other: runs.tlb.misses is 5 and 6"),
                report().failures);
    }

    @Test
    void failuresNameTheMember() {
        one.failed(0, "job 0: broken");
        two.done(0, result(1, 5));
        assertEquals(Set.of("job 0: broken (10.0.0.1:5701)", "job 0: 10.0.0.1:5701 and 10.0.0.2:5701 contradict each "
                + "other: failure is there only once"), Set.copyOf(report().failures));
    }

    @ParameterizedTest
    @ValueSource(strings = {"worker 10.0.0.5:x", "worker", "worker 10.0.0.5:99999", "worker --jobs 0 127.0.0.1",
        "compare --cluster 127.0.0.1:0", "compare --cluster --shard 1/2 --out d", "compare --cluster --validate"})
    void wrongUsageIsRefused(String words) {
        assertEquals(64, Outcome.of(words.split(" ")).status());
    }

    @Test
    void aWorkerWithoutComparisonSaysSo() {
        Outcome outcome = Outcome.of("worker", "127.0.0.1:1");
        assertEquals(69, outcome.status(), outcome.err());
        assertTrue(outcome.err().startsWith("penumbra: 127.0.0.1:1: no comparison can be reached there"), outcome.err());
        assertEquals(1, outcome.err().lines().count(), outcome.err());
    }
}
