// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import com.oracle.truffle.api.Option;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeSet;
import org.graalvm.options.OptionCategory;
import org.graalvm.options.OptionKey;
import org.graalvm.options.OptionStability;
import org.graalvm.options.OptionType;
import org.graalvm.options.OptionValues;
import org.penumbra.device.board.GoldfishRtc;
import org.penumbra.hart.HartConfig;
import org.penumbra.language.engine.EngineMode;
import org.penumbra.machine.MachineConfig;
import org.penumbra.machine.MachineConfig.ClockSource;
import org.penumbra.paging.ModelOptions;
import org.penumbra.paging.shadow.Replacement;
import org.penumbra.paging.shadow.Synchronisation;

/// Options of the language, `riscv.NAME` in the polyglot API.
@Option.Group(RiscvLanguage.ID)
final class RiscvOptions {
    @Option(help = "Translation model.", category = OptionCategory.USER, stability = OptionStability.STABLE)
    static final OptionKey<String> model = new OptionKey<>("native");

    @Option(help = "RAM in bytes, with an optional suffix K, M or G.", category = OptionCategory.USER,
            stability = OptionStability.STABLE)
    static final OptionKey<Long> memory = new OptionKey<>(MachineConfig.DEFAULT_MEMORY,
            new OptionType<>("size", RiscvOptions::size));

    @Option(help = "How guest code is executed: default, interpreter, translated or immediate.",
            category = OptionCategory.USER,
            stability = OptionStability.STABLE)
    static final OptionKey<EngineMode> engine = new OptionKey<>(EngineMode.DEFAULT,
            new OptionType<>("engine", text -> oneOf(EngineMode.class, text)));

    @Option(help = "For tests: the default engine compiles soon and without limit.", category = OptionCategory.INTERNAL,
            stability = OptionStability.EXPERIMENTAL)
    static final OptionKey<Boolean> eager = new OptionKey<>(false);

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

    @Option(help = "Harts, 1 to 16, which take turns.", category = OptionCategory.USER,
            stability = OptionStability.STABLE)
    static final OptionKey<Integer> harts = new OptionKey<>(1);

    @Option(name = "root-buffer", help = "Entries of the shadow-root base-address buffer, 0 to 16.",
            category = OptionCategory.USER, stability = OptionStability.STABLE)
    static final OptionKey<Integer> rootBuffer = new OptionKey<>(ModelOptions.DEFAULTS.rootBuffer());

    @Option(name = "asid-bits", help = "Implemented bits of satp.ASID, 0 to 16.", category = OptionCategory.USER,
            stability = OptionStability.STABLE)
    static final OptionKey<Integer> asidBits = new OptionKey<>(HartConfig.standard().asidBits());

    @Option(name = "root-replacement", help = "Which root leaves the full buffer: lru or random.",
            category = OptionCategory.USER,
            stability = OptionStability.STABLE)
    static final OptionKey<Replacement> rootReplacement = new OptionKey<>(ModelOptions.DEFAULTS.replacement(),
            choice("root-replacement", Map.of("lru", Replacement.LEAST_RECENTLY_USED, "random", Replacement.RANDOM)));

    @Option(help = "What a fence does with the shadow entries it names: reached, present, drop or snapshot.",
            category = OptionCategory.USER, stability = OptionStability.STABLE)
    static final OptionKey<Synchronisation> sync = new OptionKey<>(ModelOptions.DEFAULTS.synchronisation(),
            new OptionType<>("sync", text -> oneOf(Synchronisation.class, text)));

    @Option(name = "host-pages", help = "Size of the host pages that back RAM: 4k or 2m.",
            category = OptionCategory.USER,
            stability = OptionStability.STABLE)
    static final OptionKey<Long> hostPages = new OptionKey<>(ModelOptions.DEFAULTS.hostPages(),
            choice("host-pages", Map.of("4k", ModelOptions.SMALL_PAGES, "2m", ModelOptions.LARGE_PAGES)));

    @Option(name = "shadow-memory", help = "Bytes of shadow tables, with an optional suffix K, M or G.",
            category = OptionCategory.USER, stability = OptionStability.STABLE)
    static final OptionKey<Long> shadowMemory = new OptionKey<>(ModelOptions.DEFAULTS.shadowMemory(),
            new OptionType<>("size", RiscvOptions::size));

    @Option(name = "second-stage", help = "Second-stage tables: sv39x4 or sv48x4.", category = OptionCategory.USER,
            stability = OptionStability.STABLE)
    static final OptionKey<Integer> secondStage = new OptionKey<>(ModelOptions.DEFAULTS.secondStageLevels(),
            choice("second-stage", Map.of("sv39x4", 3, "sv48x4", 4)));

    @Option(help = "Instructions after which the host moves a page of the guest, again and again; 0 for never.",
            category = OptionCategory.USER, stability = OptionStability.STABLE)
    static final OptionKey<Long> balloon = new OptionKey<>(ModelOptions.DEFAULTS.balloon());

    @Option(help = "A and D bits: svade (page faults), svadu (set by hardware), both (set by hardware until the guest "
            + "asks for "
            + "page faults), or request (both, with page faults until the guest asks for hardware).",
            category = OptionCategory.USER, stability = OptionStability.STABLE)
    static final OptionKey<AdUpdate> ad = new OptionKey<>(AdUpdate.BOTH,
            new OptionType<>("ad", text -> oneOf(AdUpdate.class, text)));

    /// Which of the two A/D schemes the hart has.
    enum AdUpdate { SVADE, SVADU, BOTH, REQUEST }

    @Option(help = "Widest translation mode: sv39, sv48 or sv57.", category = OptionCategory.USER,
            stability = OptionStability.STABLE)
    static final OptionKey<Integer> mmu = new OptionKey<>(HartConfig.board().virtualAddressBits(),
            choice("mmu", Map.of("sv39", 39, "sv48", 48, "sv57", 57)));

    @Option(help = "Advertise Svvptc.", category = OptionCategory.USER, stability = OptionStability.STABLE)
    static final OptionKey<Boolean> svvptc = new OptionKey<>(false);

    @Option(help = "File for a log of every instruction, in the format of Spike's commit log; guest code is only "
            + "interpreted "
            + "then.", category = OptionCategory.USER, stability = OptionStability.STABLE)
    static final OptionKey<String> trace = new OptionKey<>("");

    @Option(help = "Take a source that is neither an ELF file nor a kernel as instructions for the first address of "
            + "RAM.",
            category = OptionCategory.USER, stability = OptionStability.STABLE)
    static final OptionKey<Boolean> raw = new OptionKey<>(false);

    @Option(name = "record-input", help = "File for a journal of the console's input, which tells at which "
            + "instruction it "
            + "came; needs the clock instructions.", category = OptionCategory.USER, stability = OptionStability.STABLE)
    static final OptionKey<String> recordInput = new OptionKey<>("");

    @Option(name = "replay-input", help = "File of such a journal, whose input comes at the same instructions, in "
            + "place of the "
            + "console's; needs the clock instructions.", category = OptionCategory.USER,
            stability = OptionStability.STABLE)
    static final OptionKey<String> replayInput = new OptionKey<>("");

    @Option(help = "File of a program for supervisor mode, in place of the source, which is empty then: a Linux "
            + "kernel, an ELF "
            + "file, or what goes to 0x80200000 as it is. It starts on the built-in firmware, or on that of the "
            + "option bios. "
            + "Kernels are read when the machine is built and after a reset.", category = OptionCategory.USER,
                    stability = OptionStability.STABLE)
    static final OptionKey<String> kernel = new OptionKey<>("");

    @Option(help = "File of a firmware for machine mode, in place of the source, which is empty then: an ELF file, or "
            + "what goes "
            + "to 0x80000000 as it is.", category = OptionCategory.USER, stability = OptionStability.STABLE)
    static final OptionKey<String> bios = new OptionKey<>("");

    @Option(help = "Files whose bytes go to RAM as they are, FILE@ADDRESS, one on a line.",
            category = OptionCategory.USER,
            stability = OptionStability.STABLE)
    static final OptionKey<String> load = new OptionKey<>("");

    @Option(help = "File of the initial RAM disk of the program.", category = OptionCategory.USER,
            stability = OptionStability.STABLE)
    static final OptionKey<String> initrd = new OptionKey<>("");

    @Option(help = "Command line of the program, in the device tree.", category = OptionCategory.USER,
            stability = OptionStability.STABLE)
    static final OptionKey<String> append = new OptionKey<>("");

    @Option(help = "Raw disk images for the block devices, one on a line; not changed unless ',write' "
            + "follows.", category = OptionCategory.USER, stability = OptionStability.STABLE)
    static final OptionKey<String> drive = new OptionKey<>("");

    @Option(help = "Network: none or user; the latter needs the host's clock.",
            category = OptionCategory.USER, stability = OptionStability.STABLE)
    static final OptionKey<NetworkKind> net = new OptionKey<>(NetworkKind.NONE,
            new OptionType<>("net", text -> oneOf(NetworkKind.class, text)));

    /// What the network card is connected to.
    enum NetworkKind { NONE, USER }

    @Option(help = "Ports of this computer that lead to ports of the guest, as 8080:80,2222:22.",
            category = OptionCategory.USER, stability = OptionStability.STABLE)
    static final OptionKey<String> forward = new OptionKey<>("");

    @Option(help = "What the real-time clock shows when the machine starts, in seconds since 1970. Without it, the "
            + "host's time under "
            + "the clock host, else that of 2025-01-01.", category = OptionCategory.USER,
                    stability = OptionStability.STABLE)
    static final OptionKey<Long> date = new OptionKey<>(GoldfishRtc.VIRTUAL_EPOCH_SECONDS,
            new OptionType<>("date", RiscvOptions::seconds));

    @Option(help = "Folder of the host by virtio-9p with the mount tag share; not changed unless ',write' "
            + "follows.", category = OptionCategory.USER, stability = OptionStability.STABLE)
    static final OptionKey<String> share = new OptionKey<>("");

    @Option(help = "Size of the terminal that a virtio console is shown on, as 80x24; empty for no such "
            + "console.", category = OptionCategory.USER, stability = OptionStability.STABLE)
    static final OptionKey<String> terminal = new OptionKey<>("");

    @Option(help = "Interface of the virtio devices: modern (version 2), or legacy (version 1, of before virtio 1.0), "
            + "which QEMU's "
            + "virt has unless told otherwise.", category = OptionCategory.USER, stability = OptionStability.STABLE)
    static final OptionKey<VirtioInterface> virtio = new OptionKey<>(VirtioInterface.MODERN,
            new OptionType<>("virtio", text -> oneOf(VirtioInterface.class, text)));

    /// The interface that virtio devices present.
    enum VirtioInterface { MODERN, LEGACY }

    @Option(name = "reset-ends", help = "Whether a reset by the guest ends the run.", category = OptionCategory.USER,
            stability = OptionStability.STABLE)
    static final OptionKey<Boolean> resetEnds = new OptionKey<>(false);

    private RiscvOptions() {
    }

    /// Options of a hart.
    static HartConfig hart(OptionValues values) {
        AdUpdate scheme = values.get(ad);
        return new HartConfig(values.get(mmu), values.get(asidBits), scheme != AdUpdate.SVADU, scheme != AdUpdate.SVADE,
                scheme == AdUpdate.SVADU || scheme == AdUpdate.BOTH, values.get(svvptc));
    }

    /// Options of the models.
    static ModelOptions model(OptionValues values) {
        return ModelOptions.DEFAULTS.withRootBuffer(values.get(rootBuffer)).withReplacement(values.get(rootReplacement))
                .withSynchronisation(values.get(sync)).withHostPages(values.get(hostPages))
                .withShadowMemory(values.get(shadowMemory)).withSecondStageLevels(values.get(secondStage))
                .withBalloon(values.get(balloon));
    }

    private static <T> OptionType<T> choice(String name, Map<String, T> values) {
        return new OptionType<>(name, text -> {
            T value = values.get(text.toLowerCase(Locale.ROOT));
            if (value == null) {
                throw new IllegalArgumentException("'" + text + "' is none of " + new TreeSet<>(values.keySet()));
            }
            return value;
        });
    }

    private static <E extends Enum<E>> E oneOf(Class<E> type, String text) {
        for (E value : type.getEnumConstants()) {
            if (value.name().equalsIgnoreCase(text)) {
                return value;
            }
        }
        throw new IllegalArgumentException("'" + text + "' is none of "
                + java.util.Arrays.toString(type.getEnumConstants()).toLowerCase(Locale.ROOT));
    }

    /// The clock counts nanoseconds in 63 bits.
    private static long seconds(String text) {
        if (!text.matches("\\d{1,10}") || Long.parseLong(text) > Long.MAX_VALUE / 1_000_000_000L) {
            throw new IllegalArgumentException("'" + text + "' is no number of seconds since 1970");
        }
        return Long.parseLong(text);
    }

    /// Empty unless the option was given.
    static OptionalLong date(OptionValues values) {
        return values.hasBeenSet(date) ? OptionalLong.of(values.get(date)) : OptionalLong.empty();
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
        long number = Long.parseLong(match.group(1));
        if (number > Long.MAX_VALUE >> shift) {
            throw new IllegalArgumentException("'" + text + "' is far too much memory");
        }
        return number << shift;
    }
}
