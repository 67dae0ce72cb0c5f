// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.bench;

import java.util.List;
import java.util.Locale;

/// The results of `penumbra bench --models` as a table.
final class ModelReport {

    private static final String NOT_YET = "(*)";

    private ModelReport() {
    }

    /// @param results under the same models, at least one
    static String table(List<ModelResult> results) {
        StringBuilder text = new StringBuilder();
        List<String> models = results.getFirst().models();
        List<ModelResult> steady = results.stream().filter(result -> !result.isPaging()).toList();
        List<ModelResult> paging = results.stream().filter(ModelResult::isPaging).toList();
        if (!steady.isEmpty()) {
            part(text, "kernel", steady, models);
        }
        if (!paging.isEmpty()) {
            text.append(steady.isEmpty() ? "" : System.lineSeparator());
            part(text, "workload", paging, models);
        }
        text.append(String.format("%n"
                + "Processor time of the guest's thread for a round, fresh machines in each turn, a round of each in "
                + "turn. How much more%n"
                + "(+) or less (-) than under %s: of a turn the median over pairs of rounds in its second half, shown "
                + "is the median%n"
                + "of the turns, in brackets the least and the most of a turn. Kernels use pages that they have "
                + "touched before;%n"
                + "workloads change their page tables all the time, and what the models do then takes time of the "
                + "host, too.%n",
                models.getFirst()));
        if (text.indexOf(NOT_YET) >= 0) {
            text.append(String.format("%s: in some turn still getting faster, or compiled; take more rounds.%n",
                    NOT_YET));
        }
        return text.toString();
    }

    private static void part(StringBuilder text, String what, List<ModelResult> results, List<String> models) {
        text.append(String.format("%-15s %-6s %11s", what, "mode", models.getFirst()));
        models.stream().skip(1).forEach(model -> text.append(String.format("  %-27s", model)));
        text.append(System.lineSeparator());
        for (ModelResult result : results) {
            text.append(String.format(Locale.ROOT, "%-15s %-6s %8.2f ms", result.guest(), result.mode(),
                    result.steadySeconds(0) * 1000));
            for (int i = 1; i < models.size(); i++) {
                ModelResult.Difference difference = result.difference(i);
                text.append(String.format("  %-27s", percent(difference.middle()) + " (" + percent(difference.least())
                        + " .. "
                        + percent(difference.most()) + ")"));
            }
            text.append(result.isSettled() ? "" : " " + NOT_YET).append(System.lineSeparator());
        }
        text.append(String.format("%-15s %-6s %11s", "geometric mean", "", ""));
        for (int i = 1; i < models.size(); i++) {
            int model = i;
            text.append(String.format("  %-27s", percent(ModelResult.mean(results,
                    result -> result.difference(model).middle()))));
        }
        text.append(System.lineSeparator());
    }

    private static String percent(double share) {
        return String.format(Locale.ROOT, "%+.1f %%", share * 100);
    }
}
