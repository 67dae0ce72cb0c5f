// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.bench;

import com.google.gson.JsonArray;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.penumbra.launcher.cli.ExitStatus;
import org.penumbra.launcher.cli.Failure;
import org.penumbra.launcher.guest.StatisticsFile;
import org.penumbra.launcher.report.JmhReport;

/// Makes the page of `penumbra jmh --report`, after JMH has ended.
public final class JmhPage {

    private JmhPage() {
    }

    /// @param arguments results that JMH wrote (`-rf json`), of one run or several, and last the page to write
    public static void main(String[] arguments) {
        List<Path> files = Arrays.stream(arguments).map(Path::of).toList();
        try {
            write(files.subList(0, files.size() - 1), files.getLast());
        } catch (Failure failure) {
            System.err.println("penumbra: " + failure.getMessage());
            System.exit(failure.status());
        }
    }

    /// @throws Failure 66 if there are no results, 65 if they are none of JMH's, 73 if the page cannot be written
    static void write(List<Path> results, Path page) {
        JsonArray all = new JsonArray();
        for (Path file : results) {
            JsonArray some = read(file);
            if (some.isEmpty()) {
                throw new Failure(ExitStatus.NO_INPUT, file + ": JMH has measured nothing");
            }
            all.addAll(some);
        }
        String text;
        try {
            text = JmhReport.of(all, machine(), LocalDate.now().toString());
        } catch (RuntimeException _) {
            throw none(results.stream().map(Path::toString).collect(Collectors.joining(", ")));
        }
        StatisticsFile.write(page, text);
    }

    private static JsonArray read(Path file) {
        try {
            return JsonParser.parseString(Files.readString(file)).getAsJsonArray();
        } catch (IOException e) {
            throw new Failure(ExitStatus.NO_INPUT, file + ": cannot be read (" + e.getMessage() + ")");
        } catch (RuntimeException _) {
            throw none(file.toString());
        }
    }

    private static Failure none(String files) {
        return new Failure(ExitStatus.BAD_IMAGE, files + ": is no result of JMH in JSON");
    }

    /// Processor, number of processors and memory, as far as Linux tells.
    private static String machine() {
        String processor = lineOf(Path.of("/proc/cpuinfo"), "model name", System.getProperty("os.arch"));
        String memory = lineOf(Path.of("/proc/meminfo"), "MemTotal", "");
        return processor + ", " + Runtime.getRuntime().availableProcessors() + " processors"
                + (memory.isEmpty() ? "" : ", " + memory + " of memory") + ", " + System.getProperty("os.name") + " "
                + System.getProperty("os.version");
    }

    private static String lineOf(Path file, String name, String otherwise) {
        try (var lines = Files.lines(file)) {
            return lines.filter(line -> line.startsWith(name)).findFirst()
                    .map(line -> line.substring(line.indexOf(':') + 1).strip()).orElse(otherwise);
        } catch (IOException _) {
            return otherwise;
        }
    }
}
