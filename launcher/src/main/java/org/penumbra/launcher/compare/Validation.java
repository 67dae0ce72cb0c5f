// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.compare;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.penumbra.launcher.report.Comparison;
import org.penumbra.launcher.report.Run;
import org.penumbra.launcher.report.Sensitivity;
import org.penumbra.launcher.report.Timing;
import org.penumbra.options.Setting;
import org.penumbra.options.Settings;

/// `compare --validate`: what the timing model can be held against. References of walks against their formula, the
/// latency of a chase against this computer's, and conclusions against its constants.
///
/// Its other checks, walks and misses by hand and against a simulator that shares no code, are tests.
final class Validation {
    private static final String NO_WALK_CACHES = "pwc.guest.entries=0,pwc.second.entries=0,pwc.shadow.entries=0,"
            + "ntlb.entries=0,l2tlb.entries=0,l2tlb.ways=0,dtlb.4k.entries=16,dtlb.4k.ways=0,itlb.4k.entries=64,"
            + "itlb.4k.ways=0";
    /// How far the mean may be off: a timer's interrupt in between walks to the kernel's superpages.
    private static final double TOLERANCE = 0.01;
    private static final int[] PAGES = {4, 16, 64, 256, 1024, 4096, 16384};
    private static final int STEPS = 200_000;
    private static final List<String> MODELS = List.of("native", "tsp", "ssp", "hap");
    private static final List<String> WORKLOADS = List.of("pointerchase", "forkexit", "faultstorm", "pipeping",
            "server");
    private static final double KILO = 1000;

    /// A walk whose references are known: (m+1)(n+1)-1 for m levels of the guest and n of the second stage.
    private record Known(String model, Map<Setting<?>, String> settings, int references) {
    }

    private static final List<Known> KNOWN = List.of(
            new Known("native", Map.of(), 3), new Known("ssp", Map.of(), 3), new Known("tsp", Map.of(), 3),
            new Known("hap", Map.of(), 15), new Known("hap", Map.of(Settings.SECOND_STAGE, "sv48x4"), 19),
            new Known("hap", Map.of(Settings.HOST_PAGES, "2m"), 11), new Known("flat", Map.of(), 7));

    private final String timing;
    private final String changed;
    private final Map<String, String> options;
    private final PrintStream out;
    private final PrintStream err;
    private final TreadmillGuest guest = new TreadmillGuest();

    /// @param timing  preset or file
    /// @param changed other values
    /// @param options of the polyglot engine and the language
    Validation(String timing, String changed, Map<String, String> options, PrintStream out, PrintStream err) {
        this.timing = timing;
        this.changed = changed;
        this.options = options;
        this.out = out;
        this.err = err;
    }

    /// @return whether everything that is exact is right
    boolean run() {
        boolean right = references();
        chase();
        sensitivity();
        return right;
    }

    private Run run(String workload, String model, Map<Setting<?>, String> more, String assignments) {
        Map<Setting<?>, String> settings = Settings.ofCommand(Settings.COMPARE);
        settings.put(Settings.TIMING, timing);
        String all = changed.isEmpty() ? assignments : assignments.isEmpty() ? changed : changed + "," + assignments;
        if (!all.isEmpty()) {
            settings.put(Settings.TIMING_SET, all);
        }
        settings.putAll(more);
        return CompareJob.of(guest, List.of(guest.parse(workload, true)), settings).under(model).run(options, err)
                .getFirst();
    }

    private boolean references() {
        out.println("References of a walk, walk caches off");
        boolean all = true;
        for (Known known : KNOWN) {
            Run run = run("pointerchase:256:20000", known.model, known.settings, NO_WALK_CACHES);
            JsonObject walk = run.timing(false).orElseThrow().json().getAsJsonObject("walk");
            long references = 0;
            for (String stage : List.of("guest", "secondStage", "shadow")) {
                references += walk.getAsJsonObject(stage).getAsJsonObject("references").asMap().values().stream()
                        .mapToLong(count -> count.getAsLong()).sum();
            }
            double mean = (double) references / walk.get("count").getAsLong();
            boolean right = Math.abs(mean - known.references) <= TOLERANCE * known.references;
            all &= right;
            out.printf(Locale.ROOT, "  %-8s%-26s%4d expected, %7.3f in the mean of %d walks%s%n", known.model,
                    setting(known), known.references, mean, walk.get("count").getAsLong(), right ? "" : "  WRONG");
        }
        out.println();
        return all;
    }

    private static String setting(Known known) {
        StringBuilder text = new StringBuilder();
        known.settings.forEach((setting, value) -> text.append("--").append(setting.name()).append(' ').append(value));
        return text.toString();
    }

    private void chase() {
        Optional<Double> megahertz = megahertz();
        HostChase.nanosPerStep(PAGES[0], 10 * STEPS); // until the JVM has compiled it
        out.println("Latency of a step of a random chase, one word of each page");
        out.printf("  %9s%15s%18s%15s%9s%n", "KiB", "model, cycles", "this computer, ns", "in cycles", "error");
        List<Double> errors = new ArrayList<>();
        for (int pages : PAGES) {
            Run run = run("pointerchase:" + pages + ":" + STEPS, "native", Map.of(), "");
            Timing model = run.timing(false).orElseThrow();
            Map<String, Long> parts = model.parts();
            // A chase waits for the first level, too; other instructions of the loop are hidden behind that.
            double cycles = (double) (model.cycles() - parts.get("compute")) / STEPS + latency(run);
            double nanos = HostChase.nanosPerStep(pages, STEPS);
            double host = megahertz.map(rate -> nanos * rate / KILO).orElse(Double.NaN);
            double error = cycles / host - 1;
            errors.add(Math.abs(error));
            out.printf(Locale.ROOT, "  %9d%15.1f%18.2f%15s%9s%n", pages * 4, cycles, nanos, number(host),
                    Double.isNaN(error) ? "-" : String.format(Locale.ROOT, "%+.0f %%", error * 100));
        }
        double mean = errors.stream().mapToDouble(Double::doubleValue).average().orElse(Double.NaN);
        out.println(Double.isNaN(mean) ? "  The computer's clock rate is not known, so there is no error."
                : String.format(Locale.ROOT, "  Mean error %.0f %%, by the clock rate that Linux gives now.",
                        mean * 100));
        out.println("  The preset is " + timing + "; only host is meant to be like this computer. Its memory may have"
                + " huge pages, and\n  other programs slow it down.");
        out.println();
    }

    /// Of the first-level cache.
    private static double latency(Run run) {
        return run.statistics().getAsJsonObject("timingParameters").getAsJsonObject("l1d.latency").get("value")
                .getAsDouble();
    }

    private static String number(double value) {
        return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, "%.1f", value);
    }

    private static Optional<Double> megahertz() {
        try {
            return Files.readAllLines(Path.of("/proc/cpuinfo")).stream().filter(line -> line.startsWith("cpu MHz"))
                    .map(line -> Double.valueOf(line.substring(line.indexOf(':') + 1).strip())).findFirst();
        } catch (IOException | NumberFormatException _) {
            return Optional.empty();
        }
    }

    private void sensitivity() {
        out.println("Order of models by cycles, and which constants change it, each halved and doubled");
        for (String workload : WORKLOADS) {
            List<Run> runs = MODELS.stream().map(model -> run(workload, model, Map.of(), "")).toList();
            out.print(new Sensitivity(new Comparison(workload, Map.of(), runs)).text().indent(2));
        }
        out.println("  Sizes change hits and misses, so they need runs: --sweep timing-set=l2tlb.entries=512,"
                + "l2tlb.entries=4096");
        out.flush();
    }
}
