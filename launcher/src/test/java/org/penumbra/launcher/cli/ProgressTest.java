// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

final class ProgressTest {

    private final Progress progress = new Progress(10, 30);

    @Test
    void firstEstimateIsTheExpectation() {
        assertEquals("1 of 10: crc32 s, about 5 min left", progress.line("crc32 s", 0, 0));
    }

    @Test
    void laterEstimateGoesByWhatWasDone() {
        assertEquals("6 of 10: fib u, about 80 s left", progress.line("fib u", 5, 80));
        assertEquals("6 of 10: fib u, about 10 min left", progress.line("fib u", 5, 610));
    }

    @Test
    void itemsAreNumberedAsTheyStart() {
        assertTrue(progress.next("a").startsWith("1 of 10: a,"));
        assertTrue(progress.next("b").startsWith("2 of 10: b,"));
    }
}
