// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.linux;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.penumbra.launcher.cli.ExitStatus;
import org.penumbra.launcher.cli.Failure;
import org.penumbra.launcher.guest.Guest;
import org.penumbra.options.HostPath;
import org.penumbra.options.Settings;

/// A Linux guest to be started: its kernel, initial RAM disk, command line and devices, from what was asked for.
///
/// The RAM disk it makes is a temporary file, which [#close()] removes.
public final class LinuxBoot implements AutoCloseable {

    /// The beginning of every command line.
    static final String CONSOLE = "console=ttyS0";
    public static final long DEFAULT_MEMORY = Settings.MEMORY.initial(Settings.LINUX);
    /// Seen to suffice for Debian's kernel with our own RAM disk; with 72 MiB it dies before it has a console.
    private static final long LEAST_MEMORY = 96L << 20;

    private record Addition(String name, int mode, byte[] contents) {
    }

    private final PrintStream err;
    private final List<String> words = new ArrayList<>(List.of(CONSOLE));
    private String commandLine;
    private final List<Addition> additions = new ArrayList<>();
    private Path kernel;
    private Path initrd;
    private Path own;
    private byte[] script;
    private final List<String> disks = new ArrayList<>();
    private final List<String> forwards = new ArrayList<>();
    private boolean rooted;
    private boolean network;
    private boolean hypervisor;
    private String share;
    private String terminal;
    private boolean resetEnds;

    /// @param err where progress is told
    public LinuxBoot(PrintStream err) {
        this.err = err;
    }

    /// Chooses a kernel; the default is Debian's.
    LinuxBoot withKernel(Path file) {
        kernel = file;
        return this;
    }

    /// Chooses an initial RAM disk; the default is one of our own with Debian's kernel, else none.
    LinuxBoot withInitrd(Path file) {
        initrd = file;
        return this;
    }

    /// Lets our own RAM disk run a script instead of a shell.
    public LinuxBoot withScript(byte[] commands) {
        script = commands;
        words.add("quiet");
        return this;
    }

    /// Leaves out the kernel's tests of its own cryptography, which are half of the instructions of a boot.
    LinuxBoot withoutSelfTests() {
        words.add("cryptomgr.notests");
        return this;
    }

    /// Adds to the kernel's command line.
    public LinuxBoot withWords(String text) {
        if (!text.isBlank()) {
            words.add(text.strip());
        }
        return this;
    }

    /// Chooses the whole command line, whatever else would be in it.
    ///
    /// @param line null for none
    LinuxBoot withCommandLine(String line) {
        commandLine = line;
        return this;
    }

    /// Adds a file to our own RAM disk, in one of its directories (`bin`, `etc`, `root`, `usr` …). Those whose names
    /// begin with `penumbra-` are in `/run` of the file system on a disk, too.
    LinuxBoot withFile(String name, int mode, byte[] contents) {
        additions.add(new Addition(name, mode, contents));
        return this;
    }

    /// Adds disks, `/dev/vda` first.
    ///
    /// @param files see [HostPath]
    LinuxBoot withDisks(List<String> files) {
        disks.addAll(files);
        return this;
    }

    /// Adds a disk in whose file system our own RAM disk runs its shell or script.
    LinuxBoot withRoot(String file) {
        rooted = true;
        words.add("penumbra_root=vd" + (char) ('a' + disks.size()));
        disks.add(file);
        return this;
    }

    /// Adds a network.
    ///
    /// @param ports such as `8080:80`, of this computer and of the guest
    LinuxBoot withNetwork(List<String> ports) {
        network = true;
        forwards.addAll(ports);
        return this;
    }

    /// The machine has the hypervisor extension: the kernel's KVM is loaded.
    LinuxBoot withHypervisor() {
        hypervisor = true;
        return this;
    }

    /// Adds a folder of this computer.
    ///
    /// @param folder see [HostPath]
    LinuxBoot withShare(String folder) {
        share = folder;
        words.add("penumbra_share=" + (HostPath.parse(folder).writable() ? "rw" : "ro"));
        return this;
    }

    /// Gives the guest a console that knows the size of the terminal, such as `80x24`, if our own RAM disk is there to
    /// use it.
    LinuxBoot withTerminal(String size) {
        terminal = size;
        return this;
    }

    /// Lets a reset by the guest, a kernel panic's included, end the run.
    LinuxBoot endingWithReset() {
        resetEnds = true;
        words.add("panic=-1");
        return this;
    }

    /// Gets what is missing and makes the initial RAM disk, unless one was chosen.
    ///
    /// @param memory of the guest, in bytes
    /// @throws Failure 64 where the memory cannot do, 66 for files that are not there, 73 where there is no room
    public LinuxBoot prepare(long memory) {
        if (kernel == null && memory < LEAST_MEMORY) {
            throw new Failure(ExitStatus.USAGE, "--memory: Debian's kernel does not start with less than "
                    + (LEAST_MEMORY >> 20)
                    + "M; " + (DEFAULT_MEMORY >> 20) + "M is usual");
        }
        if (memory < LEAST_MEMORY) {
            err.println("penumbra: warning: with so little --memory a usual kernel ends before it has a console; "
                    + (DEFAULT_MEMORY >> 20) + "M is usual");
        }
        boolean ours = initrd == null && (kernel == null || script != null || rooted);
        if (!ours) {
            terminal = null; // the port has its listener already
        }
        if (kernel != null && !ours) {
            return this;
        }
        DebianFiles debian = new DebianFiles(DebianFiles.userCache(), err);
        List<String> load = ours ? modules() : List.of();
        debian.obtain(load);
        if (kernel == null) {
            kernel = debian.kernel();
        }
        if (ours) {
            makeRamDisk(debian, load);
        }
        return this;
    }

    /// The snapshot in which this boot, to the shell's prompt, can be kept; null for one that does not end there, or
    /// whose files have to be fetched first.
    ///
    /// @param machine further options of the language
    KeptBoot kept(Map<String, String> machine) {
        if (initrd != null || script != null || kernel != null && !rooted
                || disks.stream().anyMatch(disk -> HostPath.parse(disk).writable())) {
            return null;
        }
        DebianFiles debian = new DebianFiles(DebianFiles.userCache(), err);
        if (!debian.present(modules())) {
            return null;
        }
        Map<String, String> all = new LinkedHashMap<>(machine);
        Path chosen = kernel == null ? debian.kernel() : kernel;
        all.putAll(options(chosen));
        return KeptBoot.of(all, List.of(chosen, debian.busybox()));
    }

    /// @throws Failure 64 where an initial RAM disk was chosen: nothing can be added to it
    void requireOwnRamDisk(String what) {
        if (initrd != null) {
            throw new Failure(ExitStatus.USAGE, what + " needs our own initial RAM disk: leave out --initrd");
        }
    }

    /// Kernel modules that our own RAM disk loads.
    private List<String> modules() {
        List<String> load = new ArrayList<>();
        if (network || terminal != null || share != null || !disks.isEmpty()) {
            load.addAll(List.of("virtio_mmio", "virtio_rng"));
        }
        if (!disks.isEmpty()) {
            load.add("virtio_blk");
        }
        if (network) {
            load.add("virtio_net");
        }
        if (share != null) {
            load.addAll(List.of("9pnet_virtio", "9p"));
        }
        if (hypervisor) {
            load.add("kvm");
        }
        return load;
    }

    private void makeRamDisk(DebianFiles debian, List<String> load) {
        List<String> onDemand = disks.isEmpty() ? List.of() : List.of("ext4", "crc32c_generic");
        RamDisk ramDisk;
        try {
            ramDisk = new RamDisk(Guest.read(debian.busybox()), load.isEmpty() ? null : debian.modules(), load,
                    onDemand);
        } catch (IOException e) {
            throw new Failure(ExitStatus.NO_INPUT, "the modules of Debian's kernel cannot be read: " + e.getMessage()
                    + "; remove " + debian.kernel().getParent() + " to get them again");
        }
        additions.forEach(addition -> ramDisk.file(addition.name(), addition.mode(), addition.contents()));
        if (script != null) {
            ramDisk.script(script);
        }
        try {
            own = Files.createTempFile("penumbra", ".cpio");
            own.toFile().deleteOnExit(); // an interrupt does not wait for close()
            initrd = Files.write(own, ramDisk.bytes());
        } catch (IOException e) {
            close();
            throw new Failure(ExitStatus.CANNOT_WRITE, "the initial RAM disk cannot be written (" + e.getMessage()
                    + ")");
        }
    }

    /// The kernel, once [#prepare(long)] has been called or one was chosen.
    Path kernel() {
        return kernel;
    }

    /// Options of the language `riscv` that make a machine for this guest, once [#kernel()] is there; the source is
    /// empty.
    public Map<String, String> options() {
        return options(kernel);
    }

    private Map<String, String> options(Path started) {
        Map<String, String> options = new LinkedHashMap<>();
        options.put(Settings.KERNEL.key(), started.toString());
        options.put(Settings.APPEND.key(), commandLine == null ? String.join(" ", words) : commandLine);
        if (initrd != null) {
            options.put(Settings.INITRD.key(), initrd.toString());
        }
        if (!disks.isEmpty()) {
            options.put(Settings.DRIVE.key(), String.join("\n", disks));
        }
        if (network) {
            options.put(Settings.NET.key(), "user");
            options.put(Settings.FORWARD.key(), String.join(",", forwards));
        }
        if (share != null) {
            options.put(Settings.SHARE.key(), share);
        }
        if (terminal != null) {
            options.put(Settings.TERMINAL.key(), terminal);
        }
        if (resetEnds) {
            options.put(Settings.RESET_ENDS.key(), "true");
        }
        return options;
    }

    /// Removes what was made for this run only.
    @Override
    public void close() {
        try {
            if (own != null) {
                Files.deleteIfExists(own);
            }
        } catch (IOException _) {
            // The system clears its temporary directory.
        }
    }
}
