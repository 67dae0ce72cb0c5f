// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.guest;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// The options for a machine's images and peripherals, shared by the commands `run` and `linux`.
public final class BoardOptions {

    private static final Pattern PLACED = Pattern.compile(".+@(0[xX][0-9a-fA-F]{1,16}|[0-9]{1,19})");

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(names = "--bios", paramLabel = "FILE", description =
            "A firmware for machine mode, ELF or raw for 0x80000000, instead "
            + "of the one that is built in; as OpenSBI's fw_jump and fw_dynamic, or U-Boot.")
    private Path bios;

    @Option(names = "--kernel", paramLabel = "FILE", description =
            "What starts in supervisor mode, on the built-in firmware or that "
            + "of --bios: a Linux Image, as it is or compressed with gzip, zstd or xz, ELF, or raw for 0x80200000. "
            + "Without it, linux takes Debian's kernel, obtained through apt and cached.")
    private Path kernel;

    @Option(names = "--initrd", paramLabel = "FILE", description = "The initial RAM disk. Without it and without "
            + "--kernel, linux makes one with a shell.")
    private Path initrd;

    @Option(names = "--append", paramLabel = "TEXT", description =
            "More words for the command line, which for linux begins with "
            + "console=ttyS0 and is empty for run.")
    private String append = "";

    @Option(names = "--cmdline", paramLabel = "TEXT", description = "The whole command line, instead.")
    private String commandLine;

    @Option(names = "--load", paramLabel = "FILE@ADDRESS",
            description = "Put the bytes of a file in RAM, as data.bin@0x88000000 "
            + "(may be repeated).")
    private List<String> loads = List.of();

    @Option(names = {"--disk", "--drive"}, paramLabel = "FILE[,write]",
            description = "A raw disk image, in the first virtio slot and on, /dev/vda for Linux (may be repeated). "
                    + "What the guest "
                    + "writes ends with the run, unless ',write' says that it goes to the file.")
    private List<String> disks = List.of();

    @Option(names = "--share", paramLabel = "DIR[,write]",
            description = "Give the guest a folder of this computer, by virtio-9p: our own initial RAM disk mounts it "
                    + "at "
                    + "/mnt/share, others by 'mount -t 9p -o trans=virtio,version=9p2000.L share PLACE'. The guest "
                    + "can change it only with ',write', and reaches nothing outside of it.")
    private String share;

    @Option(names = "--net", paramLabel = "N",
            description = "none (default), or user: a network that needs no privileges. Guest time is the host's "
                    + "then. The "
                    + "guest is 10.0.2.15, this computer's loopback is 10.0.2.2.")
    private String net;

    @Option(names = "--forward", paramLabel = "HOST:GUEST",
            description = "Let a port of this computer's loopback lead to one of the guest's (may be repeated). "
                    + "Implies "
                    + "--net user.")
    private List<String> forwards = List.of();

    @Option(names = "--virtio", paramLabel = "V", description =
            "What virtio devices say they are: modern (version 2, default) or "
            + "legacy (version 1, as QEMU's unless it is told force-legacy=false).")
    private String virtio;

    public Path kernel() {
        return kernel;
    }

    public Path bios() {
        return bios;
    }

    public Path initrd() {
        return initrd;
    }

    public String append() {
        return append;
    }

    /// The whole command line, or null.
    public String commandLine() {
        return commandLine;
    }

    public List<String> disks() {
        return disks;
    }

    public String share() {
        return share;
    }

    public List<String> forwards() {
        return forwards;
    }

    public boolean isNetworked() {
        return "user".equals(net) || !forwards.isEmpty();
    }

    /// @throws ParameterException for invalid values and combinations
    public void check() {
        check(net == null || net.equals("user") || net.equals("none"), "--net: '" + net + "' is neither none nor user");
        check(!"none".equals(net) || forwards.isEmpty(), "--forward: there is no network with --net none");
        check(virtio == null || virtio.equals("modern") || virtio.equals("legacy"),
                "--virtio: '" + virtio + "' is neither modern nor legacy");
        check(commandLine == null || append.isEmpty(), "--append: --cmdline is the whole command line already");
        for (String load : loads) {
            check(PLACED.matcher(load).matches(), "--load: '" + load
                    + "' is not FILE@ADDRESS, as in data.bin@0x88000000");
        }
    }

    private void check(boolean holds, String line) {
        if (!holds) {
            throw new ParameterException(spec.commandLine(), line);
        }
    }

    /// Those that mean the same for every command, as options of the language `riscv`.
    public Map<String, String> common() {
        Map<String, String> options = new LinkedHashMap<>();
        if (bios != null) {
            options.put("riscv.bios", bios.toString());
        }
        if (!loads.isEmpty()) {
            options.put("riscv.load", String.join("\n", loads));
        }
        if (virtio != null) {
            options.put("riscv.virtio", virtio);
        }
        return options;
    }

    /// All of them as options of the language `riscv`.
    public Map<String, String> polyglot() {
        Map<String, String> options = common();
        if (kernel != null) {
            options.put("riscv.kernel", kernel.toString());
        }
        if (initrd != null) {
            options.put("riscv.initrd", initrd.toString());
        }
        options.put("riscv.append", commandLine == null ? append : commandLine);
        if (!disks.isEmpty()) {
            options.put("riscv.drive", String.join("\n", disks));
        }
        if (share != null) {
            options.put("riscv.share", share);
        }
        if (isNetworked()) {
            options.put("riscv.net", "user");
            options.put("riscv.forward", String.join(",", forwards));
        }
        return options;
    }
}
