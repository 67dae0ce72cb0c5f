// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.graalvm.polyglot.PolyglotException;
import org.graalvm.polyglot.Value;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The object of counts that reports are made from.
@Timeout(value = 240, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class StatisticsTest {
    private static final Map<String, Set<String>> SHAPE = new LinkedHashMap<>();

    static {
        for (String single : List.of("model", "engine", "clock", "instructions", "hostSeconds", "guestExit",
                "memoryVirtualisationExits")) {
            SHAPE.put(single, Set.of());
        }
        SHAPE.put("hypervisorExits", Set.of("shadow_miss_fill", "guest_fault_reflect", "pt_write_leaf", "pt_write_nonleaf",
                "ad_update", "satp_miss", "fence_escalated", "g_fault"));
        SHAPE.put("fastPathEntries", Set.of("fence_va", "fence_asid", "fence_all", "satp_hit", "satp_miss", "rfence",
                "shadow_fill", "fault_reflect"));
        SHAPE.put("walkReferences", Set.of("guest", "host"));
        SHAPE.put("tlb", Set.of("misses", "entries"));
        SHAPE.put("synchronisation", Set.of("ptesReRead", "ptesChanged", "ptesDropped", "tablesFreed"));
        SHAPE.put("shadow", Set.of("pagesLive", "pagesPeak", "splinteredSuperpages", "rootEvictions"));
        SHAPE.put("compiler", Set.of("regions", "seconds", "entries", "interpreted", "translatedRegions", "translatedEntries",
                "translatedInstructions", "improvements", "promotions", "reversions"));
    }

    @Test
    void everyFieldIsThere() {
        try (Guest guest = new Guest(Assembly.of(Assembly.exit(3)))) {
            Value statistics = guest.statistics();
            SHAPE.forEach((name, members) -> {
                assertTrue(statistics.hasMember(name), name);
                Value value = statistics.getMember(name);
                assertTrue(value.getMemberKeys().containsAll(members), name + ": " + value.getMemberKeys());
                for (String member : value.getMemberKeys()) {
                    assertTrue(value.getMember(member).isNumber(), name + "." + member);
                }
            });
            assertEquals("native", statistics.getMember("model").asString());
            assertEquals("default", statistics.getMember("engine").asString());
            assertEquals("instructions", statistics.getMember("clock").asString());
            assertTrue(statistics.getMember("guestExit").isNull());
            assertEquals(0, statistics.getMember("instructions").asLong());
            assertEquals(3, guest.run());
            assertEquals(3, guest.statistics().getMember("guestExit").asInt());
            assertEquals(10, guest.statistics().getMember("instructions").asLong());
        }
    }

    /// The limit is where the boot ROM jumps to the program, whose page is not in the TLB.
    @ParameterizedTest
    @ValueSource(strings = {"native", "ssp"})
    void nothingIsFetchedBehindTheLastInstruction(String model) {
        List<String> counts = new ArrayList<>();
        for (String engine : List.of("interpreter", "translated", "immediate")) {
            for (int limit = 4; limit <= 8; limit++) {
                try (Guest guest = new Guest(Assembly.of(Assembly.exit(3)), "riscv.engine", engine, "riscv.model", model,
                        "riscv.max-instructions", Integer.toString(limit))) {
                    assertThrows(PolyglotException.class, guest::run);
                    Value statistics = guest.statistics();
                    counts.add(limit + " " + statistics.getMember("instructions") + " " + statistics.getMember("tlb").getMember("misses")
                            + " " + statistics.getMember("memoryVirtualisationExits"));
                }
            }
        }
        assertEquals(counts.subList(0, 5), counts.subList(5, 10));
        assertEquals(counts.subList(0, 5), counts.subList(10, 15));
    }

    @Test
    void countsOfTheModelArrive() {
        try (Guest guest = new Guest(Guest.program("paging"), "riscv.model", "tsp", "riscv.tlb-entries", "64")) {
            assertEquals(0, guest.run());
            Value statistics = guest.statistics();
            assertEquals("tsp", statistics.getMember("model").asString());
            assertEquals(64, statistics.getMember("tlb").getMember("entries").asInt());
            assertTrue(statistics.getMember("tlb").getMember("misses").asLong() > 0);
            assertTrue(statistics.getMember("walkReferences").getMember("guest").asLong() > 0);
            long sum = 0;
            for (String cause : statistics.getMember("hypervisorExits").getMemberKeys()) {
                sum += statistics.getMember("hypervisorExits").getMember(cause).asLong();
            }
            assertTrue(sum > 0);
            assertEquals(sum, statistics.getMember("memoryVirtualisationExits").asLong());
        }
    }

    @Test
    void compilingTakesTime() {
        try (Guest guest = new Guest(Assembly.of(Assembly.exit(3)), "riscv.engine", "immediate",
                "engine.CompileImmediately", "true")) {
            assertEquals(3, guest.run());
            Value compiler = guest.statistics().getMember("compiler");
            assertTrue(compiler.getMember("regions").asLong() > 0);
            double seconds = compiler.getMember("seconds").asDouble();
            assertTrue(seconds > 0.001 && seconds < 200, seconds + " s");
        }
        try (Guest guest = new Guest(Assembly.of(Assembly.exit(3)), "riscv.engine", "interpreter")) {
            assertEquals(3, guest.run());
            assertEquals(0.0, guest.statistics().getMember("compiler").getMember("seconds").asDouble());
        }
    }
}
