// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import com.oracle.truffle.api.Option;
import org.graalvm.options.OptionCategory;
import org.graalvm.options.OptionKey;
import org.graalvm.options.OptionStability;
import org.graalvm.options.OptionType;
import org.penumbra.hart.HartConfig;
import org.penumbra.language.nodes.EngineMode;
import org.penumbra.machine.MachineConfig;
import org.penumbra.machine.MachineConfig.ClockSource;
import org.penumbra.monitor.ModelOptions;

/// Options of the language, `riscv.NAME` in the polyglot API.
@Option.Group(RiscvLanguage.ID)
final class RiscvOptions {
    @Option(help = "Translation model.", category = OptionCategory.USER, stability = OptionStability.STABLE)
    static final OptionKey<String> model = new OptionKey<>("native");

    @Option(help = "RAM in bytes, with an optional suffix K, M or G.", category = OptionCategory.USER,
            stability = OptionStability.STABLE)
    static final OptionKey<Long> memory = new OptionKey<>(MachineConfig.DEFAULT_MEMORY,
            new OptionType<>("size", RiscvOptions::size));

    @Option(help = "How guest code is executed: default, interpreter or immediate.", category = OptionCategory.USER,
            stability = OptionStability.STABLE)
    static final OptionKey<EngineMode> engine = new OptionKey<>(EngineMode.DEFAULT,
            new OptionType<>("engine", text -> oneOf(EngineMode.class, text)));

    @Option(help = "What guest time derives from: instructions or host.", category = OptionCategory.USER,
            stability = OptionStability.STABLE)
    static final OptionKey<ClockSource> clock = new OptionKey<>(ClockSource.INSTRUCTIONS,
            new OptionType<>("clock", text -> oneOf(ClockSource.class, text)));

    @Option(name = "max-instructions", help = "Instructions after which the run ends.", category = OptionCategory.USER,
            stability = OptionStability.STABLE)
    static final OptionKey<Long> maxInstructions = new OptionKey<>(Long.MAX_VALUE);

    @Option(name = "tlb-entries", help = "Modelled TLB entries an address space and privilege, a power of two.",
            category = OptionCategory.USER, stability = OptionStability.STABLE)
    static final OptionKey<Integer> tlbEntries = new OptionKey<>(MachineConfig.DEFAULT_TLB_ENTRIES);

    @Option(name = "root-buffer", help = "Entries of the shadow-root base-address buffer, 0 to 16.",
            category = OptionCategory.USER, stability = OptionStability.STABLE)
    static final OptionKey<Integer> rootBuffer = new OptionKey<>(ModelOptions.DEFAULTS.rootBuffer());

    @Option(name = "asid-bits", help = "Implemented bits of satp.ASID, 0 to 16.", category = OptionCategory.USER,
            stability = OptionStability.STABLE)
    static final OptionKey<Integer> asidBits = new OptionKey<>(HartConfig.standard().asidBits());

    @Option(help = "Advertise Svvptc.", category = OptionCategory.USER, stability = OptionStability.STABLE)
    static final OptionKey<Boolean> svvptc = new OptionKey<>(false);

    @Option(help = "File for a log of every instruction, in the format of Spike's commit log; guest code is only interpreted "
            + "then.", category = OptionCategory.USER, stability = OptionStability.STABLE)
    static final OptionKey<String> trace = new OptionKey<>("");

    @Option(help = "File of the initial RAM disk for a Linux kernel.", category = OptionCategory.USER,
            stability = OptionStability.STABLE)
    static final OptionKey<String> initrd = new OptionKey<>("");

    @Option(help = "Command line of a Linux kernel.", category = OptionCategory.USER, stability = OptionStability.STABLE)
    static final OptionKey<String> append = new OptionKey<>("");

    @Option(help = "Raw disk image for the block device of a Linux machine; never changed.", category = OptionCategory.USER,
            stability = OptionStability.STABLE)
    static final OptionKey<String> drive = new OptionKey<>("");

    private RiscvOptions() {
    }

    private static <E extends Enum<E>> E oneOf(Class<E> type, String text) {
        for (E value : type.getEnumConstants()) {
            if (value.name().equalsIgnoreCase(text)) {
                return value;
            }
        }
        throw new IllegalArgumentException("'" + text + "' is none of "
                + java.util.Arrays.toString(type.getEnumConstants()).toLowerCase(java.util.Locale.ROOT));
    }

    private static long size(String text) {
        var match = java.util.regex.Pattern.compile("(\\d{1,15})([KMGkmg]?)").matcher(text);
        if (!match.matches()) {
            throw new IllegalArgumentException("'" + text + "' is not a size such as 256M");
        }
        int shift = switch (match.group(2)) {
            case "K", "k" -> 10;
            case "M", "m" -> 20;
            case "G", "g" -> 30;
            default -> 0;
        };
        return Math.multiplyExact(Long.parseLong(match.group(1)), 1L << shift);
    }
}
