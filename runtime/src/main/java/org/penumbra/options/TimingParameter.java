// SPDX-License-Identifier: Apache-2.0
package org.penumbra.options;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// The numbers of the timing model. Adding one is one row here, its use, and a line in each preset.
///
/// Latencies are in cycles from a request to its data, in total: that of the second level includes the first's.
public enum TimingParameter {
    CORE_CPI("core.cpi", Kind.DECIMAL, 100, 10_000,
            "cycles of an instruction when all that it needs is in the first level"),

    ITLB_4K_ENTRIES("itlb.4k.entries", Kind.NUMBER, 1, 1 << 16, "first-level TLB of fetches: entries for 4 KiB pages"),
    ITLB_4K_WAYS("itlb.4k.ways", Kind.NUMBER, 0, 1 << 16, "its ways; 0 for as many as entries, here and below"),
    ITLB_2M_ENTRIES("itlb.2m.entries", Kind.NUMBER, 0, 1 << 16,
            "entries for 2 MiB pages; 0 if they share those of the next smaller size, here and below"),
    ITLB_2M_WAYS("itlb.2m.ways", Kind.NUMBER, 0, 1 << 16, "their ways"),
    ITLB_1G_ENTRIES("itlb.1g.entries", Kind.NUMBER, 0, 1 << 16, "entries for pages of 1 GiB and more"),
    ITLB_1G_WAYS("itlb.1g.ways", Kind.NUMBER, 0, 1 << 16, "their ways"),
    DTLB_4K_ENTRIES("dtlb.4k.entries", Kind.NUMBER, 1, 1 << 16, "the same for loads and stores"),
    DTLB_4K_WAYS("dtlb.4k.ways", Kind.NUMBER, 0, 1 << 16, "their ways"),
    DTLB_2M_ENTRIES("dtlb.2m.entries", Kind.NUMBER, 0, 1 << 16, "entries for 2 MiB pages"),
    DTLB_2M_WAYS("dtlb.2m.ways", Kind.NUMBER, 0, 1 << 16, "their ways"),
    DTLB_1G_ENTRIES("dtlb.1g.entries", Kind.NUMBER, 0, 1 << 16, "entries for pages of 1 GiB and more"),
    DTLB_1G_WAYS("dtlb.1g.ways", Kind.NUMBER, 0, 1 << 16, "their ways"),
    L2TLB_ENTRIES("l2tlb.entries", Kind.NUMBER, 0, 1 << 20,
            "second-level TLB of both, for all page sizes; 0 for none"),
    L2TLB_WAYS("l2tlb.ways", Kind.NUMBER, 0, 1 << 16, "its ways"),
    L2TLB_LATENCY("l2tlb.latency", Kind.NUMBER, 0, 10_000, "cycles that looking into it takes, hit or miss"),
    TLB_REPLACEMENT("tlb.replacement", Kind.POLICY, 0, 2, "of TLBs and walk caches"),

    PWC_GUEST_ENTRIES("pwc.guest.entries", Kind.NUMBER, 0, 1 << 16,
            "page-walk cache for the guest's tables: entries at each level; 0 for none"),
    PWC_GUEST_WAYS("pwc.guest.ways", Kind.NUMBER, 0, 1 << 16, "its ways"),
    PWC_SECOND_ENTRIES("pwc.second.entries", Kind.NUMBER, 0, 1 << 16, "the same for second-stage tables"),
    PWC_SECOND_WAYS("pwc.second.ways", Kind.NUMBER, 0, 1 << 16, "its ways"),
    PWC_SHADOW_ENTRIES("pwc.shadow.entries", Kind.NUMBER, 0, 1 << 16, "the same for shadow tables"),
    PWC_SHADOW_WAYS("pwc.shadow.ways", Kind.NUMBER, 0, 1 << 16, "its ways"),
    PWC_LATENCY("pwc.latency", Kind.NUMBER, 0, 10_000, "cycles that looking into a page-walk cache takes"),
    NTLB_ENTRIES("ntlb.entries", Kind.NUMBER, 0, 1 << 16,
            "nested TLB: guest-physical pages whose second-stage leaf is held; 0 for none"),
    NTLB_WAYS("ntlb.ways", Kind.NUMBER, 0, 1 << 16, "its ways"),

    CACHE_LINE("cache.line", Kind.SIZE, 16, 256, "line of all caches, a power of two"),
    CACHE_REPLACEMENT("cache.replacement", Kind.POLICY, 0, 2, "of all caches"),
    L1I_SIZE("l1i.size", Kind.SIZE, 1 << 10, 1 << 24, "first-level instruction cache"),
    L1I_WAYS("l1i.ways", Kind.NUMBER, 0, 1 << 16, "its ways"),
    L1D_SIZE("l1d.size", Kind.SIZE, 1 << 10, 1 << 24, "first-level data cache"),
    L1D_WAYS("l1d.ways", Kind.NUMBER, 0, 1 << 16, "its ways"),
    L1D_LATENCY("l1d.latency", Kind.NUMBER, 1, 1000,
            "cycles, which walks wait for; those of a program are in core.cpi"),
    L2_SIZE("l2.size", Kind.SIZE, 0, 1 << 28, "second-level cache of a hart; 0 for none"),
    L2_WAYS("l2.ways", Kind.NUMBER, 0, 1 << 16, "its ways"),
    L2_LATENCY("l2.latency", Kind.NUMBER, 1, 10_000, "cycles"),
    LLC_SIZE("llc.size", Kind.SIZE, 0, 1 << 30, "last-level cache, which harts share; 0 for none"),
    LLC_WAYS("llc.ways", Kind.NUMBER, 0, 1 << 16, "its ways"),
    LLC_LATENCY("llc.latency", Kind.NUMBER, 1, 10_000, "cycles"),
    DRAM_LATENCY("dram.latency", Kind.NUMBER, 1, 100_000, "cycles"),
    WALK_START("walk.start", Kind.CACHE, 0, 1, "first cache that walks look into: l1d or l2"),

    FENCE_CYCLES("fence.cycles", Kind.NUMBER, 0, 100_000, "cycles that a fence takes in the core"),
    TAGS_VMID("tags.vmid", Kind.NUMBER, 0, 1,
            "1 if TLB entries carry a VMID; 0 if each exit drops all entries and walk caches"),
    EXIT_CYCLES("exit.cycles", Kind.NUMBER, 0, 1_000_000,
            "VM exit: cycles of trap and return, without the instructions between"),
    EXIT_INSTRUCTIONS("exit.instructions", Kind.NUMBER, 0, 1_000_000,
            "instructions to save, dispatch and restore; their code goes through the caches"),
    EXIT_REFERENCES("exit.references", Kind.NUMBER, 0, 100_000,
            "8-byte words saved and restored, which go through the caches"),
    FAST_CYCLES("fast.cycles", Kind.NUMBER, 0, 1_000_000, "the same for the machine-mode fast path"),
    FAST_INSTRUCTIONS("fast.instructions", Kind.NUMBER, 0, 1_000_000, "its instructions"),
    FAST_REFERENCES("fast.references", Kind.NUMBER, 0, 100_000, "its words"),
    EMULATE_INSTRUCTIONS("emulate.instructions", Kind.NUMBER, 0, 1_000_000,
            "instructions to read, decode and perform a store to a protected table"),
    TABLE_INSTRUCTIONS("table.instructions", Kind.NUMBER, 0, 10_000,
            "instructions of the monitor for each entry of a table that it reads or writes"),
    SEED("seed", Kind.NUMBER, 0, Integer.MAX_VALUE, "of random replacement");

    /// How values are written.
    enum Kind {
        NUMBER("a number"), SIZE("a size such as 64, 32K or 1M"), DECIMAL("a number such as 0.5"),
        POLICY("lru, plru or random"), CACHE("l1d or l2");

        final String wanted;

        Kind(String wanted) {
            this.wanted = wanted;
        }
    }

    static final List<String> POLICIES = List.of("lru", "plru", "random");
    static final List<String> CACHES = List.of("l1d", "l2");
    /// Parts of a whole in which decimals are kept.
    static final int PARTS = 1000;

    private final String key;
    private final Kind kind;
    private final long least;
    private final long most;
    private final String help;

    TimingParameter(String key, Kind kind, long least, long most, String help) {
        this.key = key;
        this.kind = kind;
        this.least = least;
        this.most = most;
        this.help = help;
    }

    /// As in presets and after `--timing-set`.
    public String key() {
        return key;
    }

    /// What it is, with its unit.
    public String help() {
        return help;
    }

    /// Whether it is a size or cost, for which half and double make sense.
    public boolean isQuantity() {
        return (kind == Kind.NUMBER || kind == Kind.SIZE || kind == Kind.DECIMAL) && this != SEED && this != TAGS_VMID;
    }

    public static Optional<TimingParameter> of(String key) {
        return Arrays.stream(values()).filter(one -> one.key.equals(key)).findFirst();
    }

    /// The value of a text: of decimals in thousandths, of words their index.
    ///
    /// @throws IllegalArgumentException one line, without the key, if it is none or out of range
    long parse(String text) {
        long value = switch (kind) {
            case NUMBER -> text.matches("\\d{1,12}") ? Long.parseLong(text) : -1;
            case SIZE -> text.equals("0") ? 0 : size(text);
            case DECIMAL -> text.matches("\\d{1,6}(\\.\\d{1,3})?") ? Math.round(Double.parseDouble(text) * PARTS) : -1;
            case POLICY -> POLICIES.indexOf(text);
            case CACHE -> CACHES.indexOf(text);
        };
        if (value < 0) {
            throw new IllegalArgumentException("'" + text + "' is not " + kind.wanted);
        }
        if (value < least || value > most) {
            throw new IllegalArgumentException(text + " is not between " + text(least) + " and " + text(most));
        }
        return value;
    }

    private static long size(String text) {
        try {
            return ByteSize.parse(text);
        } catch (IllegalArgumentException _) {
            return -1;
        }
    }

    /// A text that gives a value.
    String text(long value) {
        return switch (kind) {
            case NUMBER -> Long.toString(value);
            case SIZE -> value == 0 ? "0" : ByteSize.text(value);
            case DECIMAL -> String.format(Locale.ROOT, "%.3f", value / (double) PARTS).replaceAll("\\.?0+$", "");
            case POLICY -> POLICIES.get((int) value);
            case CACHE -> CACHES.get((int) value);
        };
    }
}
