// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.report;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Runs as comma-separated values (RFC 4180): one line per run, one column per count.
public final class CsvFile {

    /// Texts, the same in each row; they are in the JSON.
    private static final String PARAMETERS = "timingParameters";

    private CsvFile() {
    }

    /// Columns are named by the path to the number in the statistics, such as `measured.tlb.misses`, and for swept
    /// options by their names.
    public static String of(List<Run> runs) {
        Set<String> columns = new LinkedHashSet<>(List.of("workload"));
        List<Map<String, String>> rows = new ArrayList<>();
        for (Run run : runs) {
            Map<String, String> row = new LinkedHashMap<>();
            row.put("workload", run.workload());
            row.putAll(run.setting());
            flatten("", run.statistics(), row);
            columns.addAll(row.keySet());
            rows.add(row);
        }
        StringBuilder text = new StringBuilder(line(List.copyOf(columns)));
        for (Map<String, String> row : rows) {
            text.append(line(columns.stream().map(column -> row.getOrDefault(column, "")).toList()));
        }
        return text.toString();
    }

    private static void flatten(String prefix, JsonObject object, Map<String, String> row) {
        for (Map.Entry<String, JsonElement> entry : object.entrySet()) {
            JsonElement value = entry.getValue();
            if (entry.getKey().equals(PARAMETERS)) {
                continue;
            }
            if (value.isJsonObject()) {
                flatten(prefix + entry.getKey() + ".", value.getAsJsonObject(), row);
            } else if (value.isJsonPrimitive()) {
                row.put(prefix + entry.getKey(), value.getAsString());
            }
        }
    }

    private static String line(List<String> cells) {
        List<String> quoted = cells.stream().map(cell -> cell.matches("[^,\"\r\n]*") ? cell
                : '"' + cell.replace("\"", "\"\"") + '"').toList();
        return String.join(",", quoted) + "\r\n";
    }
}
