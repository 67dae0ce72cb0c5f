// SPDX-License-Identifier: Apache-2.0
package org.penumbra.benchmarks.micro;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.penumbra.benchmarks.micro.TlbHitBenchmark.Access;

@Timeout(60)
final class LoopsTest {

    private static final int ROUNDS = 3000;
    private static final int TLB_ENTRIES = 1024;

    static Stream<Arguments> loops() {
        return Stream.of(Arguments.of("mixed", Loops.mixed()), Arguments.of("in one region", Loops.inOneRegion()),
                Arguments.of("leaving region", Loops.leavingRegion()), Arguments.of("ring", Loops.ring(80)),
                Arguments.of("environment call", Loops.environmentCall()),
                Arguments.of("illegal instruction", Loops.illegalInstruction()),
                Arguments.of("load", Loops.access(Access.LOAD, 16)), Arguments.of("store", Loops.access(Access.STORE, 4096)),
                Arguments.of("no access", Loops.access(Access.NONE, 1)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("loops")
    void roundHasTheStatedLength(@SuppressWarnings("unused") String name, Loops loop) {
        try (GuestLoop guest = GuestLoop.start(loop, Map.of())) {
            guest.rounds(1);
            long before = guest.counted();
            assertEquals((long) ROUNDS * loop.length(), guest.rounds(ROUNDS));
            assertEquals(ROUNDS, guest.counted() - before);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"native", "hap", "ssp"})
    void everyLoadBeyondTheTlbMisses(String model) {
        try (GuestLoop guest = GuestLoop.start(Loops.access(Access.LOAD, Loops.MOST_PAGES), Map.of("model", model))) {
            guest.rounds(Loops.MOST_PAGES);
            long before = guest.tlbMisses();
            guest.rounds(ROUNDS);
            long misses = guest.tlbMisses() - before;
            // The page of the code is missed when its entry has been taken for data.
            assertTrue(misses >= ROUNDS && misses <= ROUNDS + 2 * (ROUNDS / TLB_ENTRIES + 1), misses + " misses");
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"LOAD", "STORE"})
    void accessToFewPagesHits(Access access) {
        try (GuestLoop guest = GuestLoop.start(Loops.access(access, 16), Map.of())) {
            guest.rounds(100);
            long before = guest.tlbMisses();
            guest.rounds(ROUNDS);
            assertTrue(guest.tlbMisses() - before <= 2 * ROUNDS / 16, guest.tlbMisses() - before + " misses");
        }
    }

    @Test
    void pagesAreAPowerOfTwo() {
        assertThrows(IllegalArgumentException.class, () -> Loops.access(Access.LOAD, 3));
        assertThrows(IllegalArgumentException.class, () -> Loops.access(Access.LOAD, 2 * Loops.MOST_PAGES));
    }
}
