// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.guest;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.graalvm.polyglot.PolyglotException;
import org.graalvm.polyglot.Value;

/// What a guest does while it runs, as kvm_stat shows it: instructions, exits and fast-path entries by cause, in all
/// and since the last look.
public final class LiveView {
    private static final Duration INTERVAL = Duration.ofSeconds(1);
    private static final int MOST_LINES = 12;
    private static final double NANOS = 1e9;

    private final Guest guest;
    private final PrintStream err;
    private Map<String, Long> before = Map.of();
    private long lookedAt = System.nanoTime();

    public LiveView(Guest guest, PrintStream err) {
        this.guest = guest;
        this.err = err;
    }

    /// Looks each second, on a daemon thread, until the guest has ended.
    public void start() {
        Thread.ofPlatform().daemon().name("live").start(() -> {
            try {
                while (true) {
                    Thread.sleep(INTERVAL);
                    guest.look(this::print);
                }
            } catch (InterruptedException | PolyglotException | IllegalStateException _) {
                // The guest has ended.
            }
        });
    }

    /// Looks once.
    public void once() {
        guest.look(this::print);
    }

    private void print(Value statistics) {
        Map<String, Long> now = counts(statistics);
        long time = System.nanoTime();
        double seconds = (time - lookedAt) / NANOS;
        lookedAt = time;
        err.print(text(statistics.getMember("model").asString(), now, before, seconds));
        err.flush();
        before = now;
    }

    private static Map<String, Long> counts(Value statistics) {
        Map<String, Long> counts = new LinkedHashMap<>();
        counts.put("instructions", statistics.getMember("instructions").asLong());
        counts.put("TLB misses", statistics.getMember("tlb").getMember("misses").asLong());
        for (String group : List.of("hypervisorExits", "fastPathEntries")) {
            Value all = statistics.getMember(group);
            for (String cause : all.getMemberKeys()) {
                counts.put((group.startsWith("fast") ? "fast path " : "exit ") + cause, all.getMember(cause).asLong());
            }
        }
        return counts;
    }

    /// The table: those that change most come first.
    static String text(String model, Map<String, Long> now, Map<String, Long> before, double seconds) {
        var text = new StringBuilder(String.format(Locale.ROOT, "%n%-36s %16s %14s%n", "penumbra, " + model, "total",
                "a second"));
        Comparator<Map.Entry<String, Long>> byChange = Comparator.comparingLong(entry ->
                before.getOrDefault(entry.getKey(), 0L) - entry.getValue());
        now.entrySet().stream().filter(entry -> entry.getValue() > 0).sorted(byChange).limit(MOST_LINES)
                .forEach(entry -> text.append(String.format(Locale.ROOT, "%-36s %16d %14.0f%n", entry.getKey(),
                        entry.getValue(),
                        (entry.getValue() - before.getOrDefault(entry.getKey(), 0L)) / seconds)));
        // A guest may have the terminal, on which a new line does not go to its beginning.
        return text.toString().replace("\n", "\r\n");
    }
}
