// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.bench;

import com.google.gson.JsonArray;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import org.penumbra.launcher.cli.ExitStatus;
import org.penumbra.launcher.cli.Failure;
import org.penumbra.launcher.guest.StatisticsFile;
import org.penumbra.launcher.report.JmhReport;

/// Makes the page of `penumbra jmh --report`, after JMH has ended.
public final class JmhPage {

    private JmhPage() {
    }

    /// @param arguments the results that JMH wrote (`-rf json`), and the page to write
    public static void main(String[] arguments) {
        try {
            write(Path.of(arguments[0]), Path.of(arguments[1]));
        } catch (Failure failure) {
            System.err.println("penumbra: " + failure.getMessage());
            System.exit(failure.status());
        }
    }

    /// @throws Failure 66 if there are no results, 65 if they are none of JMH's, 73 if the page cannot be written
    static void write(Path results, Path page) {
        JsonArray array;
        String text;
        try {
            array = JsonParser.parseString(Files.readString(results)).getAsJsonArray();
            text = array.isEmpty() ? "" : JmhReport.of(array, machine(), LocalDate.now().toString());
        } catch (IOException e) {
            throw new Failure(ExitStatus.NO_INPUT, results + ": cannot be read (" + e.getMessage() + ")");
        } catch (RuntimeException _) {
            throw new Failure(ExitStatus.BAD_IMAGE, results + ": is no result of JMH in JSON");
        }
        if (array.isEmpty()) {
            throw new Failure(ExitStatus.NO_INPUT, results + ": JMH has measured nothing");
        }
        StatisticsFile.write(page, text);
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
