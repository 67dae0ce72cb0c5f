// SPDX-License-Identifier: Apache-2.0
package org.penumbra.benchmarks.micro;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.penumbra.benchmarks.Questions;
import org.penumbra.benchmarks.micro.EventBenchmark.Event;
import org.penumbra.benchmarks.micro.FenceBenchmark.Form;
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
                Arguments.of("no access", Loops.access(Access.NONE, 1)),
                Arguments.of("fence", Loops.fence(Form.ADDRESS_AND_ASID, 5)),
                Arguments.of("two roots", Loops.roots(2)), Arguments.of("all roots", Loops.roots(Loops.MOST_ROOTS)),
                Arguments.of("entry write", Loops.event(Event.ENTRY_WRITE)),
                Arguments.of("pointer write", Loops.event(Event.POINTER_WRITE)),
                Arguments.of("remap", Loops.event(Event.REMAP)), Arguments.of("dirty", Loops.event(Event.DIRTY)),
                Arguments.of("fault", Loops.event(Event.FAULT)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("loops")
    void roundHasTheStatedLength(@SuppressWarnings("unused") String name, Loops loop) {
        try (GuestLoop guest = GuestLoop.start(loop, Map.of("ad", "svadu"))) {
            guest.rounds(1);
            long before = guest.counted();
            assertEquals((long) ROUNDS * loop.length(), guest.rounds(ROUNDS));
            assertEquals(ROUNDS, guest.counted() - before);
        }
    }

    /// One exit a round, for the cause that the benchmark is there for.
    @ParameterizedTest
    @CsvSource({"ENTRY_WRITE, tsp, pt_write_leaf", "POINTER_WRITE, tsp, pt_write_nonleaf", "REMAP, ssp, shadow_miss_fill",
        "DIRTY, ssp, ad_update", "FAULT, ssp, guest_fault_reflect", "REMAP, tsp, fence_escalated",
        "FAULT, pvm, guest_fault_reflect"})
    void eventsExit(Event event, String model, String cause) {
        oneExitARound(Loops.event(event), model, cause);
    }

    @Test
    void switchesOfManyRootsExitAndOfFewDoNot() {
        oneExitARound(Loops.roots(Loops.MOST_ROOTS), "ssp", "satp_miss");
        try (GuestLoop guest = GuestLoop.start(Loops.roots(2), Map.of("model", "ssp"))) {
            guest.rounds(ROUNDS);
            assertTrue(guest.exits("satp_miss") <= 3, guest.exits("satp_miss") + " exits");
        }
    }

    @ParameterizedTest
    @EnumSource
    void fencesExitUnderTraditionalShadowPaging(Form fence) {
        if (fence != Form.NONE) {
            oneExitARound(Loops.fence(fence, 2), "tsp", "fence_escalated");
        }
    }

    private static void oneExitARound(Loops loop, String model, String cause) {
        try (GuestLoop guest = GuestLoop.start(loop, Map.of("model", model, "ad", "svadu"))) {
            guest.rounds(1);
            long rounds = guest.counted();
            long before = guest.exits(cause);
            guest.rounds(ROUNDS);
            assertEquals(guest.counted() - rounds, guest.exits(cause) - before, 1);
        }
    }

    @Test
    void everyBenchmarkSaysWhatItMeasures() throws Exception {
        try (var files = Files.list(Path.of("src/main/java/org/penumbra/benchmarks/micro"))) {
            List<String> all = files.map(file -> file.getFileName().toString()).filter(file -> file.endsWith("Benchmark.java"))
                    .map(file -> file.replace(".java", "")).sorted().toList();
            assertEquals(all, Questions.all().keySet().stream().sorted().toList());
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
