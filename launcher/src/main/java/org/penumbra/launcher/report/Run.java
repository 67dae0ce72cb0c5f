// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.report;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// One workload under one model: its output and its counts.
///
/// The counts are those of the part that the guest marked, or of the whole run if it marked none.
///
/// @param workload   its name
/// @param setting    the values of swept options, by name; empty without a sweep
/// @param output     what the guest printed
/// @param statistics as `penumbra run --stats` writes them
public record Run(String workload, Map<String, String> setting, String output, JsonObject statistics) {

    public Run {
        setting = Collections.unmodifiableMap(new LinkedHashMap<>(setting));
    }

    public String model() {
        return statistics.get("model").getAsString();
    }

    /// The guest's exit status, or -1 if it did not exit.
    public int guestExit() {
        JsonElement status = statistics.get("guestExit");
        return status == null || status.isJsonNull() ? -1 : status.getAsInt();
    }

    private JsonObject counts() {
        JsonElement measured = statistics.get("measured");
        return measured != null && measured.isJsonObject() ? measured.getAsJsonObject() : statistics;
    }

    public long instructions() {
        return counts().get("instructions").getAsLong();
    }

    /// Host seconds for the measured part.
    public double hostSeconds() {
        return counts().get("hostSeconds").getAsDouble();
    }

    /// Hypervisor exits of memory virtualisation.
    public long exits() {
        return counts().get("memoryVirtualisationExits").getAsLong();
    }

    /// The same with those for fences left out.
    public long exitsWithoutFences() {
        return counts().get("exitsWithoutFences").getAsLong();
    }

    /// Hypervisor exits by cause.
    public Map<String, Long> exitsByCause() {
        return map("hypervisorExits");
    }

    /// Entries to the machine-mode fast path by kind.
    public Map<String, Long> fastPathByKind() {
        return map("fastPathEntries");
    }

    public long fastPathEntries() {
        return fastPathByKind().values().stream().mapToLong(Long::longValue).sum();
    }

    public long guestReferences() {
        return count("walkReferences", "guest");
    }

    public long hostReferences() {
        return count("walkReferences", "host");
    }

    public long tlbMisses() {
        return count("tlb", "misses");
    }

    /// Permission misses: the TLB held the page but did not permit the access.
    public long tlbPermissionMisses() {
        return count("tlb", "permissionMisses");
    }

    /// @param name of the object of counts, as `synchronisation`
    /// @param key  in it
    public long count(String name, String key) {
        return counts().getAsJsonObject(name).get(key).getAsLong();
    }

    /// References to page tables for one TLB miss or denied access; NaN without any.
    public double referencesPerMiss() {
        long walks = tlbMisses() + tlbPermissionMisses();
        return walks == 0 ? Double.NaN : (double) (guestReferences() + hostReferences()) / walks;
    }

    /// Fraction of root switches served by the base-address buffer; NaN without any, or without a buffer.
    public double rootHitRate() {
        Map<String, Long> kinds = fastPathByKind();
        long hits = kinds.getOrDefault("satp_hit", 0L);
        long all = hits + kinds.getOrDefault("satp_miss", 0L);
        return all == 0 ? Double.NaN : (double) hits / all;
    }

    /// Modelled cycles of memory virtualisation and of page-table walks.
    ///
    /// @param exitCost   cycles of a hypervisor exit
    /// @param fencesFree leaves out exits for fences
    public double cycles(double exitCost, boolean fencesFree) {
        return (fencesFree ? exitsWithoutFences() : exits()) * exitCost + cyclesWithoutExits();
    }

    /// Cycles of everything that the cost model charges, except exits.
    public long cyclesWithoutExits() {
        return count("costModel", "cyclesWithoutExits");
    }

    /// What the timing model charged, if there was one.
    ///
    /// @param fencesFree leaves out exits for fences
    public Optional<Timing> timing(boolean fencesFree) {
        JsonObject counts = counts();
        return counts.has("timing")
                ? Optional.of(new Timing(counts.getAsJsonObject("timing"), instructions(), fencesFree))
                : Optional.empty();
    }

    private Map<String, Long> map(String name) {
        Map<String, Long> result = new LinkedHashMap<>();
        counts().getAsJsonObject(name).asMap().forEach((key, value) -> result.put(key, value.getAsLong()));
        return result;
    }
}
