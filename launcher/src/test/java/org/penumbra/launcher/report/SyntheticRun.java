// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.report;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.util.Map;

/// Runs with counts made up.
public final class SyntheticRun {

    public static final String OUTPUT = "w checksum=0123456789abcdef";

    private SyntheticRun() {
    }

    /// @param misses      exits to fill a shadow entry
    /// @param fences      exits for fences
    /// @param otherCycles what the cost model charges for all but exits
    public static Run of(String workload, String model, long instructions, long misses, long fences, long otherCycles) {
        return of(workload, Map.of(), model, instructions, misses, fences, otherCycles);
    }

    public static Run of(String workload, Map<String, String> setting, String model, long instructions, long misses, long fences,
            long otherCycles) {
        JsonObject measured = counts(instructions, misses, fences, otherCycles);
        JsonObject whole = counts(instructions + 9, 7, 0, 0);
        whole.addProperty("model", model);
        whole.addProperty("guestExit", 0);
        whole.add("measured", measured);
        return new Run(workload, setting, OUTPUT + "\n", whole);
    }

    private static JsonObject counts(long instructions, long misses, long fences, long otherCycles) {
        return JsonParser.parseString("""
                {"instructions": %d, "hostSeconds": 0.5,
                 "hypervisorExits": {"shadow_miss_fill": %d, "pt_write_leaf": 0, "fence_escalated": %d},
                 "memoryVirtualisationExits": %d, "exitsWithoutFences": %d,
                 "fastPathEntries": {"fence_va": 0, "satp_hit": 30, "satp_miss": 10},
                 "walkReferences": {"guest": 30, "host": 120}, "tlb": {"misses": 8, "permissionMisses": 2, "entries": 1024},
                 "synchronisation": {"ptesReRead": 3, "ptesChanged": 2, "ptesDropped": 1, "tablesFreed": 0},
                 "costModel": {"fastPath": 100, "memory": 20, "cyclesWithoutExits": %d}}"""
                .formatted(instructions, misses, fences, misses + fences, misses, otherCycles)).getAsJsonObject();
    }
}
