// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.report;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/// The share of a run spent on preparation, for guests that mark its end.
final class BootShare {

    private BootShare() {
    }

    /// One sentence per setting; empty if no guest marked it.
    static String of(List<Comparison> comparisons) {
        StringBuilder text = new StringBuilder();
        comparisons.stream().filter(c -> c.runs().stream().allMatch(BootShare::tells)).collect(Collectors.groupingBy(
                Comparison::setting, java.util.LinkedHashMap::new, Collectors.toList())).values().forEach(group -> {
            Comparison any = group.getFirst();
            text.append(any.setting().isEmpty() ? "Boot" : "Boot" + any.name().substring(any.workload().length()))
                    .append(" took ")
                    .append(percent(any.runs().getFirst(), "instructions"))
                            .append(" of the instructions of a whole run");
            String exits = any.columns().stream().filter(column -> !column.run().model().equals(Comparison.NATIVE))
                    .map(column ->
                    percent(column.run(), column.fencesFree() ? "exitsWithoutFences" : "memoryVirtualisationExits")
                            + " under "
                            + column.heading()).collect(Collectors.joining(", "));
            text.append(exits.isEmpty() ? ".\n" : ", and of its hypervisor exits " + exits + ".\n");
        });
        return text.toString();
    }

    private static boolean tells(Run run) {
        JsonElement boot = run.statistics().get("boot");
        return boot != null && boot.isJsonObject();
    }

    private static String percent(Run run, String count) {
        JsonObject whole = run.statistics();
        long all = whole.get(count).getAsLong();
        return all == 0 ? "none" : String.format(Locale.ROOT, "%.1f %%",
                100.0 * whole.getAsJsonObject("boot").get(count).getAsLong() / all);
    }
}
