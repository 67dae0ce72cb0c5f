// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.guest;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.penumbra.launcher.cli.ByteSize;

/// The settings of translation on the command line (`--NAME`) and in sweeps (`NAME=V,V`). The language has options of
/// the same names, and their defaults.
public enum Setting {
    TLB_ENTRIES("a power of two from 1 to 65536", numbers(1, 1 << 16, true)),
    ROOT_BUFFER("a number from 0 to 16", numbers(0, 16, false)),
    ROOT_REPLACEMENT("lru or random", words("lru", "random")),
    SYNC("reached, present, drop or snapshot", words("reached", "present", "drop", "snapshot")),
    HOST_PAGES("4k or 2m", words("4k", "2m")),
    SHADOW_MEMORY("a whole number of 4K pages from 256K to 4G", Setting::shadowMemory),
    SECOND_STAGE("sv39x4 or sv48x4", words("sv39x4", "sv48x4")),
    BALLOON("a number from 0, for never, or 1000 to 1000000000", Setting::balloon),
    ASID_BITS("a number from 0 to 16", numbers(0, 16, false)),
    SVVPTC("0 or 1, or false or true", Setting::truth),
    AD("svade, svadu, both or request", words("svade", "svadu", "both", "request")),
    MMU("sv39, sv48 or sv57", words("sv39", "sv48", "sv57"));

    private static final long PAGE = 4096;
    private static final long LEAST_SHADOW = 256L << 10;
    private static final long MOST_SHADOW = 4L << 30;
    private static final long SHORTEST_BALLOON = 1000;
    private static final long LONGEST_BALLOON = 1_000_000_000;

    private final String wanted;
    private final Syntax syntax;

    /// Converts a value as given into the language's form; empty if it is invalid.
    private interface Syntax {
        Optional<String> parse(String text);
    }

    Setting(String wanted, Syntax syntax) {
        this.wanted = wanted;
        this.syntax = syntax;
    }

    public String option() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    public static Optional<Setting> find(String option) {
        return Arrays.stream(values()).filter(setting -> setting.option().equals(option)).findFirst();
    }

    public static List<String> options() {
        return Arrays.stream(values()).map(Setting::option).toList();
    }

    /// The value in the language's form.
    ///
    /// @throws IllegalArgumentException with a one-line message, if it is invalid
    public String parse(String value) {
        return syntax.parse(value).orElseThrow(() -> new IllegalArgumentException("'" + value + "' is not " + wanted));
    }

    /// Settings as options of the polyglot API.
    public static Map<String, String> polyglot(Map<Setting, String> chosen) {
        return chosen.entrySet().stream().collect(Collectors.toMap(e -> "riscv." + e.getKey().option(),
                Map.Entry::getValue));
    }

    private static Syntax words(String... words) {
        return text -> Arrays.stream(words).filter(word -> word.equalsIgnoreCase(text)).findFirst();
    }

    private static Syntax numbers(long least, long most, boolean powerOfTwo) {
        return text -> number(text).filter(n -> n >= least && n <= most && (!powerOfTwo || Long.bitCount(n) == 1))
                .map(n -> Long.toString(n));
    }

    private static Optional<Long> number(String text) {
        try {
            return Optional.of(Long.parseLong(text));
        } catch (NumberFormatException _) {
            return Optional.empty();
        }
    }

    private static Optional<String> shadowMemory(String text) {
        try {
            long bytes = ByteSize.parse(text).bytes();
            return bytes >= LEAST_SHADOW && bytes <= MOST_SHADOW && bytes % PAGE == 0
                    ? Optional.of(Long.toString(bytes))
                    : Optional.empty();
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    private static Optional<String> balloon(String text) {
        return number(text).filter(n -> n == 0 || n >= SHORTEST_BALLOON && n <= LONGEST_BALLOON)
                .map(n -> Long.toString(n));
    }

    private static Optional<String> truth(String text) {
        return switch (text) {
            case "0", "false" -> Optional.of("false");
            case "1", "true" -> Optional.of("true");
            default -> Optional.empty();
        };
    }
}
