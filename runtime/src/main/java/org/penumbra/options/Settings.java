// SPDX-License-Identifier: Apache-2.0
package org.penumbra.options;

import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.penumbra.options.ModelName.Part;
import org.penumbra.options.Setting.Group;
import org.penumbra.options.Setting.Trait;

/// All options of a machine. Adding one is one row here, and its use.
public final class Settings {
    public static final long LARGEST_MEMORY = 16L << 30;
    public static final long SMALL_PAGES = 4096;
    public static final long LARGE_PAGES = 2L << 20;
    public static final long LEAST_SHADOW_MEMORY = 256L << 10;
    public static final long LEAST_BALLOON = 1000;
    /// 2025-01-01 in seconds since 1970: what the guest's clock shows at the start if it does not follow the host's.
    public static final long VIRTUAL_DATE = 1_735_689_600L;

    /// The most entries of a root buffer.
    public static final int LARGEST_ROOT_BUFFER = 16;
    /// The most disks, with that of a root.
    public static final int MOST_DISKS = 4;
    /// Commands with defaults of their own.
    public static final String LINUX = "linux";
    public static final String COMPARE = "compare";

    private static final List<Setting<?>> ALL = new ArrayList<>();

    public static final Setting<String> MODEL = add(Setting.of(Group.MACHINE, "model", "M",
            Syntax.words(ModelName.all()), ModelName.NATIVE.toString(),
            "How guest-virtual memory is translated: " + String.join(", ", ModelName.all()) + ".")
            .traits(Trait.AFTER_BOOT, Trait.INSIDE));

    public static final Setting<Long> MEMORY = add(Setting.of(Group.MACHINE, "memory", "SIZE",
            Syntax.pages(64L << 10, LARGEST_MEMORY), 256L << 20,
            "RAM of the guest, {values}.").but(LINUX, 512L << 20)
            .traits(Trait.RECORDED, Trait.INSIDE));

    public static final Setting<EngineMode> ENGINE = add(Setting.of(Group.MACHINE, "engine", "E",
            Syntax.constants(EngineMode.class), EngineMode.DEFAULT,
            "default: interpret, and compile what is hot, as far as it pays off; interpreter: never compile; quick, "
            + "optimised: as default, but no further than C1's, or C2's, code of a translation to the host's bytecode; "
            + "translated: translate everything at once; immediate: compile everything at once (both slow; for tests).")
            .traits(Trait.AFTER_BOOT, Trait.INSIDE));

    public static final Setting<ClockSource> CLOCK = add(Setting.of(Group.MACHINE, "clock", "C",
            Syntax.constants(ClockSource.class), ClockSource.INSTRUCTIONS,
            "instructions: guest time follows executed instructions, so that every run is the same; host: real time.")
            .but("linux on a terminal, and with a network: host")
            .traits(Trait.AFTER_BOOT, Trait.INSIDE));

    public static final Setting<Long> MAX_INSTRUCTIONS = add(Setting.of(Group.MACHINE, "max-instructions", "N",
            Syntax.numbers("a number from 1", value -> value > 0), Long.MAX_VALUE,
            "Stop with status 75 after N guest instructions.").shown("")
            .traits(Trait.INSIDE));

    public static final Setting<Integer> HARTS = add(Setting.of(Group.MACHINE, "harts", "N",
            Syntax.integers(1, 16), 1,
            "Harts of the guest, {values}: see --smp.")
            .traits(Trait.RECORDED, Trait.INSIDE));

    public static final Setting<SmpMode> SMP = add(Setting.of(Group.MACHINE, "smp", "S",
            Syntax.constants(SmpMode.class), SmpMode.TURNS,
            "How several harts run. turns: one after the other on one thread of the host, so that every run is the "
            + "same; parallel: each on a thread of its own, under the clock host.")
            .traits(Trait.AFTER_BOOT));

    public static final Setting<CpuName> CPU = add(Setting.of(Group.MACHINE, "cpu", "C",
            Syntax.constants(CpuName.class), CpuName.RVA22S64,
            "Extensions of the harts: those of a profile, rv64gc, rva20s64 or rva22s64; max, all there are; scalar, "
            + "all but the hypervisor extension; compare, "
            + "those that the published counts of compare were taken with. rva23s64 is not complete yet.")
            .but(COMPARE, CpuName.COMPARE)
            .traits(Trait.RECORDED, Trait.INSIDE));

    public static final Setting<Long> DATE = add(Setting.of(Group.MACHINE, "date", "DATE", Syntax.dates(),
            VIRTUAL_DATE,
            "What the guest's real-time clock shows at the start: as 2025-01-31, 2025-01-31T12:00:00Z or seconds since "
            + "1970. With a date every scripted run is the same.")
            .shown(LocalDate.EPOCH.plusDays(VIRTUAL_DATE / 86400)
                    + "; linux, and with the host's clock: this computer's time")
            .traits(Trait.RECORDED, Trait.AFTER_BOOT, Trait.INSIDE));

    public static final Setting<Integer> TLB_ENTRIES = add(Setting.of(Group.TRANSLATION, "tlb-entries", "N",
            Syntax.powersOfTwo(1 << 16), 1024,
            "Entries of the modelled TLB for each address space and privilege, a power of two.")
            .traits(Trait.AFTER_BOOT, Trait.INSIDE));

    public static final Setting<Integer> ROOT_BUFFER = add(Setting.of(Group.TRANSLATION, "root-buffer", "N",
            Syntax.integers(0, LARGEST_ROOT_BUFFER), 8,
            "Entries of the shadow-root base-address buffer of {models}, {values}.")
            .under(ModelName.with(Part.ROOT_BUFFER))
            .traits(Trait.OF_MODEL, Trait.AFTER_BOOT, Trait.INSIDE));

    public static final Setting<Replacement> ROOT_REPLACEMENT = add(Setting.of(Group.TRANSLATION, "root-replacement",
            "R", Syntax.constants(Replacement.class), Replacement.LRU,
            "Which root leaves the full buffer: {values}.")
            .under(ModelName.with(Part.ROOT_BUFFER))
            .traits(Trait.OF_MODEL, Trait.AFTER_BOOT, Trait.INSIDE));

    public static final Setting<Synchronisation> SYNC = add(Setting.of(Group.TRANSLATION, "sync", "S",
            Syntax.constants(Synchronisation.class), Synchronisation.REACHED,
            "What a fence of {models} does with the shadow entries it names: reached, read the guest's entries "
            + "again when they are used next; present, read those of all present again at once; drop, remove them; "
            + "snapshot, take over what differs from a copy of the guest's tables.")
            .under(ModelName.with(Part.FENCE_POLICY))
            .traits(Trait.OF_MODEL, Trait.AFTER_BOOT, Trait.INSIDE));

    public static final Setting<Long> HOST_PAGES = add(Setting.of(Group.TRANSLATION, "host-pages", "P",
            Syntax.choice(List.of("4k", "2m"), List.of(SMALL_PAGES, LARGE_PAGES)), SMALL_PAGES,
            "Host pages that back the guest's RAM: {values}.")
            .under(ModelName.virtual().stream().filter(model -> model != ModelName.FLAT).toList())
            .traits(Trait.OF_MODEL, Trait.AFTER_BOOT, Trait.INSIDE));

    public static final Setting<Long> SHADOW_MEMORY = add(Setting.of(Group.TRANSLATION, "shadow-memory", "SIZE",
            Syntax.pages(LEAST_SHADOW_MEMORY, 4L << 30), 64L << 20,
            "Memory for shadow tables, {values}; beyond it tables are taken back.")
            .under(ModelName.with(Part.SHADOW))
            .traits(Trait.OF_MODEL, Trait.AFTER_BOOT, Trait.INSIDE));

    /// The value is the number of levels.
    public static final Setting<Integer> SECOND_STAGE = add(Setting.of(Group.TRANSLATION, "second-stage", "T",
            Syntax.choice(List.of("sv39x4", "sv48x4"), List.of(3, 4)), 3,
            "Second-stage tables of {models}: {values}.")
            .under(ModelName.with(Part.SECOND_STAGE))
            .traits(Trait.OF_MODEL, Trait.AFTER_BOOT, Trait.INSIDE));

    public static final Setting<Long> BALLOON = add(Setting.of(Group.TRANSLATION, "balloon", "N",
            Syntax.numbers("a number from 0, for never, or 1000 to 1000000000",
                    value -> value == 0 || value >= LEAST_BALLOON && value <= 1_000_000_000), 0L,
            "Every N instructions the host moves a page of the guest to another frame; not under native.")
            .shown("0, never").under(ModelName.virtual())
            .traits(Trait.OF_MODEL, Trait.AFTER_BOOT, Trait.INSIDE));

    public static final Setting<Integer> ASID_BITS = add(Setting.of(Group.TRANSLATION, "asid-bits", "N",
            Syntax.integers(0, 16), 16,
            "Width of the guest's address space identifiers, {values}.")
            .traits(Trait.RECORDED, Trait.INSIDE));

    public static final Setting<Boolean> SVVPTC = add(Setting.flag(Group.TRANSLATION, "svvptc",
            "Let the guest rely on Svvptc (new valid PTEs need no fence).")
            .traits(Trait.RECORDED, Trait.INSIDE));

    public static final Setting<AdUpdate> AD = add(Setting.of(Group.TRANSLATION, "ad", "A",
            Syntax.constants(AdUpdate.class), AdUpdate.BOTH,
            "A and D bits: svade (page faults), svadu (set by hardware), both (set by hardware, as on QEMU, until the "
            + "guest asks for page faults) or request (page faults until the guest asks for hardware).")
            .but(COMPARE, AdUpdate.REQUEST)
            .traits(Trait.RECORDED, Trait.INSIDE));

    /// The value is the width of virtual addresses.
    public static final Setting<Integer> MMU = add(Setting.of(Group.TRANSLATION, "mmu", "M",
            Syntax.choice(List.of("sv39", "sv48", "sv57"), List.of(39, 48, 57)), 48,
            "Widest translation mode that the guest may use: {values}.").but(COMPARE, 57)
            .traits(Trait.RECORDED, Trait.INSIDE));

    public static final Setting<String> TIMING = add(Setting.of(Group.TRANSLATION, "timing", "P", Syntax.timing(), "",
            "Follow all accesses with a timing model as well: nanhu, cva6, gem5, virtuoso, host (this computer), or a "
            + "file of parameters. Counts stay the same; guest code is only interpreted then.")
            .traits(Trait.AFTER_BOOT, Trait.INSIDE));

    public static final Setting<String> TIMING_SET = add(Setting.of(Group.TRANSLATION, "timing-set", "KEY=VALUE",
            Syntax.timingParameters(), "", "Another value for a parameter of the timing model, as l2tlb.entries=2048.")
            .repeated(",")
            .traits(Trait.AFTER_BOOT, Trait.INSIDE));

    public static final Setting<Integer> TIMING_SAMPLE = add(Setting.of(Group.TRANSLATION, "timing-sample", "N",
            Syntax.integers(1, 1000), 1,
            "Let the timing model follow samples only, one in N instructions, {values}, and estimate the rest: every "
            + "figure of it has a 95 % confidence interval then. Guest code is interpreted in samples only.")
            .traits(Trait.AFTER_BOOT, Trait.INSIDE));

    public static final Setting<String> RECORD_INPUT = add(Setting.of(Group.MACHINE, "record-input", "FILE",
            Syntax.text(), "",
            "Write at which instruction each byte of input came. Needs --clock instructions.")
            .traits(Trait.RECORDED));

    public static final Setting<String> REPLAY_INPUT = add(Setting.of(Group.MACHINE, "replay-input", "FILE",
            Syntax.text(), "",
            "Let the input of such a file come at the same instructions, so that the run is the same again. Standard "
            + "input is not read then.")
            .traits(Trait.RECORDED));

    public static final Setting<String> TRACE = add(Setting.of(Group.MACHINE, "trace", "FILE", Syntax.text(), "",
            "Write what every instruction does, in the format of Spike's commit log. Guest code is only interpreted "
            + "then, one instruction at a time."));

    public static final Setting<String> BIOS = add(Setting.of(Group.BOARD, "bios", "FILE", Syntax.text(), "",
            "A firmware for machine mode, ELF or raw for 0x80000000, instead of the one that is built in: OpenSBI's "
            + "fw_jump and fw_dynamic, U-Boot.")
            .traits(Trait.RECORDED));

    public static final Setting<String> KERNEL = add(Setting.of(Group.BOARD, "kernel", "FILE", Syntax.text(), "",
            "What starts in supervisor mode, on the built-in firmware or that of --bios: a Linux Image, as it is or "
            + "compressed with gzip, zstd or xz, ELF, or, for run and with --bios, raw for 0x80200000. Without it, "
            + "linux takes Debian's kernel, obtained through apt and cached.")
            .traits(Trait.RECORDED));

    public static final Setting<String> INITRD = add(Setting.of(Group.BOARD, "initrd", "FILE", Syntax.text(), "",
            "The initial RAM disk. Without it and without --kernel, linux makes one with a shell.")
            .traits(Trait.RECORDED, Trait.AFTER_BOOT));

    public static final Setting<String> APPEND = add(Setting.of(Group.BOARD, "append", "TEXT", Syntax.text(), "",
            "More words for the kernel's command line, which for linux begins with console=ttyS0 and is empty for "
            + "run.")
            .traits(Trait.RECORDED, Trait.INSIDE));

    public static final Setting<String> LOAD = add(Setting.of(Group.BOARD, "load", "FILE@ADDRESS",
            Syntax.form("FILE@ADDRESS, as in data.bin@0x88000000", "|.+@(0[xX][0-9a-fA-F]{1,16}|[0-9]{1,19})"), "",
            "Put the bytes of a file in RAM, as data.bin@0x88000000.").repeated("\n")
            .traits(Trait.RECORDED));

    public static final Setting<String> DRIVE = add(Setting.of(Group.BOARD, "drive", "FILE[,write]", Syntax.text(), "",
            "A raw disk image in the first virtio slot and on, /dev/vda for Linux, up to " + MOST_DISKS
            + ", with --rootfs " + (MOST_DISKS - 1) + ". What the guest writes ends with the run, or with '"
            + HostPath.WRITE + "' goes to the file, which no other disk may use then.").also("disk").repeated("\n")
            .traits(Trait.RECORDED));

    public static final Setting<String> SHARE = add(Setting.of(Group.BOARD, "share", "DIR[,write]", Syntax.text(), "",
            "Give the guest a folder of this computer, by virtio-9p: our own initial RAM disk mounts it at /mnt/share, "
            + "others by 'mount -t 9p -o trans=virtio,version=9p2000.L share PLACE'. The guest can change it only with "
            + "',write', and reaches nothing outside of it.")
            .traits(Trait.RECORDED));

    public static final Setting<NetworkKind> NET = add(Setting.of(Group.BOARD, "net", "N",
            Syntax.constants(NetworkKind.class), NetworkKind.NONE,
            "none, or user: a network that needs no privileges. Guest time is the host's then. The guest is 10.0.2.15, "
            + "this computer's loopback 10.0.2.2, DNS 10.0.2.3.")
            .traits(Trait.RECORDED));

    public static final Setting<String> FORWARD = add(Setting.of(Group.BOARD, "forward", "HOST:GUEST",
            Syntax.form("HOST:GUEST, as in 8080:80", "|\\d+:\\d+(,\\d+:\\d+)*"), "",
            "Let a port of this computer's loopback lead to one of the guest's. Implies --net user.")
            .repeated(",")
            .traits(Trait.RECORDED));

    public static final Setting<VirtioInterface> VIRTIO = add(Setting.of(Group.BOARD, "virtio", "V",
            Syntax.constants(VirtioInterface.class), VirtioInterface.MODERN,
            "What virtio devices say they are: modern (version 2) or legacy (version 1, as QEMU's unless it is told "
            + "force-legacy=false).")
            .traits(Trait.RECORDED, Trait.INSIDE));

    public static final Setting<Boolean> RAW = add(Setting.flag(Group.INNER, "raw",
            "Take a file that is neither ELF nor a kernel as instructions for address 0x80000000.")
            .traits(Trait.RECORDED, Trait.INSIDE));

    public static final Setting<String> TERMINAL = add(Setting.of(Group.INNER, "terminal", "SIZE",
            Syntax.form("a size of a terminal such as 80x24", "|\\d{1,5}x\\d{1,5}"), "",
            "Size of the terminal that a virtio console is shown on, as 80x24; empty for no such console.")
            .traits(Trait.AFTER_BOOT));

    public static final Setting<Boolean> RESET_ENDS = add(Setting.flag(Group.INNER, "reset-ends",
            "Whether a reset by the guest ends the run.")
            .traits(Trait.INSIDE));

    public static final Setting<String> SNAPSHOT = add(Setting.of(Group.INNER, "snapshot", "FILE", Syntax.text(), "",
            "A snapshot from which the machine continues, in place of the source, which is empty then. Memory, harts, "
            + "disks, network and share are those of the snapshot; other options may be given."));

    public static final Setting<Boolean> HISTORY = add(Setting.flag(Group.INNER, "history",
            "Whether the machine can be set back to earlier instructions; needs the clock instructions.")
            .traits(Trait.INSIDE));

    public static final Setting<Integer> GDB = add(Setting.of(Group.INNER, "gdb", "PORT", Syntax.integers(0, 0xffff),
            0, "Port of this computer's loopback at which gdb can connect while the machine runs, 0 for none."));

    public static final Setting<Boolean> GDB_WAIT = add(Setting.flag(Group.INNER, "gdb-wait",
            "Whether the run begins when gdb has connected."));

    public static final Setting<Boolean> EAGER = add(Setting.flag(Group.INTERNAL, "eager",
            "For tests: the default engine compiles soon and without limit."));

    private Settings() {
    }

    private static <T> Setting<T> add(Setting.Builder<T> row) {
        Setting<T> setting = row.build();
        ALL.add(setting);
        return setting;
    }

    /// All, in the order of the help.
    public static List<Setting<?>> all() {
        return List.copyOf(ALL);
    }

    public static List<Setting<?>> of(Group... groups) {
        List<Group> wanted = List.of(groups);
        return ALL.stream().filter(setting -> wanted.contains(setting.group())).toList();
    }

    /// What a command takes instead of the defaults of others, as text.
    public static Map<Setting<?>, String> ofCommand(String command) {
        Map<Setting<?>, String> own = new LinkedHashMap<>();
        ALL.forEach(setting -> setting.own(command).ifPresent(text -> own.put(setting, text)));
        return own;
    }

    /// The option of this name that `compare` can sweep.
    public static Optional<Setting<?>> swept(String name) {
        return of(Group.TRANSLATION).stream().filter(setting -> setting.name().equals(name)).findFirst();
    }
}
