// SPDX-License-Identifier: Apache-2.0
package org.penumbra.options;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// The values of all [TimingParameter]s, each with where it is from: a preset that ships, or a file of the user's.
///
/// A file has a line `key = value # source` for each parameter, in any order; empty lines and those that begin with `#`
/// are skipped.
public final class TimingParameters {
    /// Replacement in caches and TLBs.
    public enum Policy { LRU, PLRU, RANDOM }

    /// Presets that ship, and what they are.
    public static final List<String> PRESETS = List.of("nanhu", "cva6", "gem5", "virtuoso", "host");

    /// Arrays with ways: entries, or the size of a cache, and the ways.
    private static final TimingParameter[][] ARRAYS = {
        {TimingParameter.ITLB_4K_ENTRIES, TimingParameter.ITLB_4K_WAYS},
        {TimingParameter.ITLB_2M_ENTRIES, TimingParameter.ITLB_2M_WAYS},
        {TimingParameter.ITLB_1G_ENTRIES, TimingParameter.ITLB_1G_WAYS},
        {TimingParameter.DTLB_4K_ENTRIES, TimingParameter.DTLB_4K_WAYS},
        {TimingParameter.DTLB_2M_ENTRIES, TimingParameter.DTLB_2M_WAYS},
        {TimingParameter.DTLB_1G_ENTRIES, TimingParameter.DTLB_1G_WAYS},
        {TimingParameter.L2TLB_ENTRIES, TimingParameter.L2TLB_WAYS},
        {TimingParameter.PWC_GUEST_ENTRIES, TimingParameter.PWC_GUEST_WAYS},
        {TimingParameter.PWC_SECOND_ENTRIES, TimingParameter.PWC_SECOND_WAYS},
        {TimingParameter.PWC_SHADOW_ENTRIES, TimingParameter.PWC_SHADOW_WAYS},
        {TimingParameter.NTLB_ENTRIES, TimingParameter.NTLB_WAYS},
        {TimingParameter.L1I_SIZE, TimingParameter.L1I_WAYS},
        {TimingParameter.L1D_SIZE, TimingParameter.L1D_WAYS},
        {TimingParameter.L2_SIZE, TimingParameter.L2_WAYS},
        {TimingParameter.LLC_SIZE, TimingParameter.LLC_WAYS},
    };
    /// More ways than a tree of one long word has leaves.
    private static final int MOST_TREE_WAYS = 64;

    private final String name;
    private final long[] values;
    private final String[] sources;
    private final int share;

    private TimingParameters(String name, long[] values, String[] sources) {
        this(name, values, sources, 1);
    }

    private TimingParameters(String name, long[] values, String[] sources, int share) {
        this.name = name;
        this.values = values;
        this.sources = sources;
        this.share = share;
    }

    /// A preset that ships.
    ///
    /// @throws IllegalArgumentException one line, when there is none of that name
    public static TimingParameters preset(String name) {
        if (!PRESETS.contains(name)) {
            throw new IllegalArgumentException("there is no preset '" + name + "'; there are "
                    + String.join(", ", PRESETS) + ", or the name of a file with a / or a dot in it");
        }
        try (InputStream in = TimingParameters.class.getResourceAsStream("timing/" + name + ".timing")) {
            TimingParameters preset = parse(name, new String(in.readAllBytes(), StandardCharsets.UTF_8));
            return name.equals("host") ? HostComputer.describe(preset) : preset;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Whether a text names a file rather than a preset.
    public static boolean isFile(String text) {
        return text.contains("/") || text.contains(".");
    }

    /// The contents of a file.
    ///
    /// @param name for reports and messages
    /// @throws IllegalArgumentException one line, when it is wrong
    public static TimingParameters parse(String name, String text) {
        TimingParameter[] all = TimingParameter.values();
        long[] values = new long[all.length];
        String[] sources = new String[all.length];
        int number = 0;
        for (String line : text.lines().toList()) {
            number++;
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            String where = name + ", line " + number + ": ";
            int comment = line.indexOf('#');
            String[] parts = (comment < 0 ? line : line.substring(0, comment)).split("=", 2);
            if (parts.length < 2) {
                throw new IllegalArgumentException(where + "'" + line.strip() + "' is not KEY = VALUE # SOURCE");
            }
            TimingParameter parameter = key(where, parts[0].strip());
            if (sources[parameter.ordinal()] != null) {
                throw new IllegalArgumentException(where + parameter.key() + " is there already");
            }
            values[parameter.ordinal()] = value(where, parameter, parts[1].strip());
            sources[parameter.ordinal()] = comment < 0 ? "" : line.substring(comment + 1).strip();
        }
        List<String> missing = new ArrayList<>();
        for (TimingParameter parameter : all) {
            if (sources[parameter.ordinal()] == null) {
                missing.add(parameter.key());
            }
        }
        if (!missing.isEmpty()) {
            throw new IllegalArgumentException(name + ": " + String.join(", ", missing)
                    + (missing.size() == 1 ? " is missing" : " are missing"));
        }
        return new TimingParameters(name, values, sources).checked();
    }

    private static TimingParameter key(String where, String key) {
        return TimingParameter.of(key).orElseThrow(() -> new IllegalArgumentException(where + "there is no key '" + key
                + "'; there are " + String.join(", ", java.util.Arrays.stream(TimingParameter.values())
                        .map(TimingParameter::key).toList())));
    }

    private static long value(String where, TimingParameter parameter, String text) {
        try {
            return parameter.parse(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(where + parameter.key() + ": " + e.getMessage());
        }
    }

    /// The same with other values, as `l2tlb.entries=2048,l2tlb.ways=8`; the name tells of it.
    ///
    /// @throws IllegalArgumentException one line, when one is wrong
    public TimingParameters with(String assignments) {
        if (assignments.isBlank()) {
            return this;
        }
        long[] changed = values.clone();
        String[] from = sources.clone();
        for (String assignment : assignments.split(",")) {
            String[] parts = parts(assignment);
            TimingParameter parameter = key("", parts[0]);
            changed[parameter.ordinal()] = value("", parameter, parts[1]);
            from[parameter.ordinal()] = "as given";
        }
        return new TimingParameters(name + " with " + assignments, changed, from).checked();
    }

    /// The same, but only samples are to be followed: one in so many instructions.
    public TimingParameters sampled(int one) {
        return one == 1 ? this : new TimingParameters(name + ", 1 in " + one + " instructions", values, sources, one);
    }

    /// Of how many instructions one is followed; 1 if all are.
    public int share() {
        return share;
    }

    /// Refuses what [#with(String)] would refuse in any preset.
    ///
    /// @throws IllegalArgumentException one line
    static void requireAssignments(String assignments) {
        for (String assignment : assignments.isBlank() ? new String[0] : assignments.split(",")) {
            String[] parts = parts(assignment);
            value("", key("", parts[0]), parts[1]);
        }
    }

    private static String[] parts(String assignment) {
        int equals = assignment.indexOf('=');
        if (equals < 0) {
            throw new IllegalArgumentException("'" + assignment + "' is not KEY=VALUE, as l2tlb.entries=2048");
        }
        return new String[] {assignment.substring(0, equals).strip(), assignment.substring(equals + 1).strip()};
    }

    /// The same with one value from another source.
    TimingParameters with(TimingParameter parameter, long value, String source) {
        long[] changed = values.clone();
        String[] from = sources.clone();
        changed[parameter.ordinal()] = value;
        from[parameter.ordinal()] = source;
        return new TimingParameters(name, changed, from);
    }

    /// Refuses values that do not go together.
    private TimingParameters checked() {
        for (TimingParameter[] array : ARRAYS) {
            boolean cache = array[0].key().endsWith(".size");
            long unit = cache ? get(TimingParameter.CACHE_LINE) : 1;
            long entries = get(array[0]) / unit;
            long ways = get(array[1]);
            require(get(array[0]) % unit == 0 && (ways == 0 || entries % ways == 0), array[0].key() + " "
                    + text(array[0]) + " is not a multiple of " + array[1].key() + (cache ? " lines" : "") + ", "
                    + ways);
            Policy policy = cache ? cachePolicy() : tlbPolicy();
            long real = ways == 0 ? entries : ways;
            require(policy != Policy.PLRU || Long.bitCount(real) <= 1 && real <= MOST_TREE_WAYS, array[1].key()
                    + ": plru needs a power of two of ways up to " + MOST_TREE_WAYS + ", not " + real);
        }
        require(Long.bitCount(get(TimingParameter.CACHE_LINE)) == 1, "cache.line " + text(TimingParameter.CACHE_LINE)
                + " is not a power of two");
        TimingParameter[] latencies = {TimingParameter.L1D_LATENCY, TimingParameter.L2_LATENCY,
            TimingParameter.LLC_LATENCY, TimingParameter.DRAM_LATENCY};
        for (int i = 1; i < latencies.length; i++) {
            require(get(latencies[i]) >= get(latencies[i - 1]), latencies[i].key() + " " + text(latencies[i])
                    + " is less than " + latencies[i - 1].key() + " " + text(latencies[i - 1]));
        }
        return this;
    }

    private void require(boolean condition, String problem) {
        if (!condition) {
            throw new IllegalArgumentException(name + ": " + problem);
        }
    }

    /// The preset, or the file, and what was changed.
    public String name() {
        return name;
    }

    /// A value: of decimals in thousandths, of words their index.
    public long get(TimingParameter parameter) {
        return values[parameter.ordinal()];
    }

    public int number(TimingParameter parameter) {
        return (int) get(parameter);
    }

    /// A value as it is written.
    public String text(TimingParameter parameter) {
        return parameter.text(get(parameter));
    }

    /// Where a value is from.
    public String source(TimingParameter parameter) {
        return sources[parameter.ordinal()];
    }

    /// Ways of an array, with 0 understood.
    public int ways(TimingParameter ways, int entries) {
        return get(ways) == 0 ? Math.max(1, entries) : number(ways);
    }

    public Policy tlbPolicy() {
        return Policy.values()[number(TimingParameter.TLB_REPLACEMENT)];
    }

    public Policy cachePolicy() {
        return Policy.values()[number(TimingParameter.CACHE_REPLACEMENT)];
    }

    /// Whether walks look into the second-level cache first.
    public boolean walksBypassFirst() {
        return get(TimingParameter.WALK_START) == TimingParameter.CACHES.indexOf("l2");
    }

    /// Cycles of instructions when all that they need is in the first level, rounded up.
    public long cycles(long instructions) {
        return (instructions * get(TimingParameter.CORE_CPI) + TimingParameter.PARTS - 1) / TimingParameter.PARTS;
    }
}
