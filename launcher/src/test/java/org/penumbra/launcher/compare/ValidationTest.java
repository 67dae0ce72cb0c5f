// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.penumbra.launcher.Outcome;

/// `compare --validate` as a whole: some thirty short runs.
@Tag("long")
@Timeout(value = 900, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class ValidationTest {

    private static final Pattern KNOWN = Pattern.compile(" +(\\S+) .* (\\d+) expected, +(\\d+\\.\\d+) in the mean of (\\d+) walks");
    private static final Pattern STEP = Pattern.compile(" +(\\d+) +(\\d+\\.\\d) +\\d+\\.\\d\\d .*");

    @Test
    void theModelIsHeldAgainstWhatIsKnown() {
        Outcome outcome = Outcome.of("compare", "--validate", "--timing", "cva6", "--engine", "interpreter");
        assertEquals(0, outcome.status(), outcome.out() + outcome.err());
        List<String> lines = outcome.out().lines().toList();

        List<Matcher> known = lines.stream().map(KNOWN::matcher).filter(Matcher::matches).toList();
        assertEquals(List.of("3", "3", "3", "15", "19", "11", "7"), known.stream().map(match -> match.group(2)).toList(),
                outcome.out());
        for (Matcher match : known) {
            double expected = Double.parseDouble(match.group(2));
            assertEquals(expected, Double.parseDouble(match.group(3)), 0.01 * expected, match.group());
            assertTrue(Long.parseLong(match.group(4)) > 10_000, "enough walks to say so: " + match.group());
        }

        // Latency grows with the working set, from a hit in the first level to memory and a walk.
        List<Double> cycles = lines.stream().map(STEP::matcher).filter(Matcher::matches)
                .map(match -> Double.valueOf(match.group(2))).toList();
        assertEquals(7, cycles.size(), outcome.out());
        assertEquals(cycles.stream().sorted().toList(), cycles, outcome.out());
        assertTrue(cycles.getLast() > 10 * cycles.getFirst(), outcome.out());
        assertTrue(outcome.out().contains("Order of models by cycles"), outcome.out());
    }
}
