// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.linux;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.penumbra.launcher.cli.ExitStatus;
import org.penumbra.launcher.cli.Failure;
import org.penumbra.launcher.guest.Guest;
import org.penumbra.launcher.guest.Program;
import org.penumbra.options.Settings;

/// A Linux kernel whose first process is a program of ours.
///
/// @param kernel null for Debian's
/// @param initrd a RAM disk to add the program to; null for one with Debian's busybox
/// @param memory of the guest, in bytes
/// @param err    where progress is told
public record LinuxProgram(Path kernel, Path initrd, long memory, PrintStream err) {

    /// Programs of busybox that workloads call.
    private static final List<String> APPLETS = List.of("sh", "sort", "gzip");
    /// Far beyond all workloads: ends a boot that hangs.
    private static final String INSTRUCTION_LIMIT = "100000000000";
    private static final int CPIO_ALIGNMENT = 4;

    /// @param name  of the program
    /// @param words more of them for the kernel's command line
    /// @param arguments of the program
    /// @throws Failure 66 for files that are not there, 73 where there is no room
    public Started start(String name, byte[] program, String words, String arguments) {
        Path ramDisk;
        try {
            ramDisk = Files.createTempFile("penumbra", ".cpio");
        } catch (IOException e) {
            throw unwritten(e);
        }
        ramDisk.toFile().deleteOnExit(); // should we be interrupted
        try {
            Files.write(ramDisk, archive(name, program));
            return new Started(ramDisk, new LinuxBoot(err).withKernel(kernel).withInitrd(ramDisk).endingWithReset()
                    .withWords("quiet rdinit=/" + name + " " + words + " -- " + arguments).prepare(memory), memory);
        } catch (IOException e) {
            remove(ramDisk);
            throw unwritten(e);
        } catch (Failure e) {
            remove(ramDisk);
            throw e;
        }
    }

    private static Failure unwritten(IOException e) {
        return new Failure(ExitStatus.CANNOT_WRITE, "the initial RAM disk cannot be written (" + e.getMessage() + ")");
    }

    private static void remove(Path ramDisk) {
        try {
            Files.deleteIfExists(ramDisk);
        } catch (IOException _) {
            // The system clears its temporary directory.
        }
    }

    /// The same in a Debian with packages, as a script of our own RAM disk.
    ///
    /// @throws Failure 64 where a RAM disk was given, 66 for files and packages that are not there
    public Started startInDebian(List<String> packages, String name, byte[] program, String words, String arguments) {
        LinuxBoot boot = new LinuxBoot(err).withKernel(kernel).withInitrd(initrd).endingWithReset();
        boot.requireOwnRamDisk("a workload of Debian's packages");
        Path root = new DebianRoot(RootStore.ofUser(), err).obtain(packages);
        return new Started(null, boot.withRoot(root.toString()).withFile(name, 0755, program).withWords(words)
                .withScript(("exec /run/" + name + " " + arguments + "\n").getBytes(StandardCharsets.US_ASCII))
                        .prepare(memory), memory);
    }

    /// The given RAM disk, or one with busybox, and after it the program: the kernel unpacks one archive over the
    /// other.
    private byte[] archive(String name, byte[] program) {
        var ours = new CpioArchive().directory("dev").device("dev/console", 0600, 5, 1).device("dev/null", 0666, 1, 3)
                .file(name, 0755, program);
        if (initrd == null) {
            var debian = new DebianFiles(DebianFiles.userCache(), err);
            debian.obtain(List.of());
            ours.directory("bin").file("bin/busybox", 0755, Guest.read(debian.busybox()));
            APPLETS.forEach(applet -> ours.link("bin/" + applet, "busybox"));
            return ours.bytes();
        }
        byte[] given = Guest.read(initrd);
        int start = (given.length + CPIO_ALIGNMENT - 1) / CPIO_ALIGNMENT * CPIO_ALIGNMENT;
        byte[] added = ours.bytes();
        byte[] both = Arrays.copyOf(given, start + added.length);
        System.arraycopy(added, 0, both, start, added.length);
        return both;
    }

    /// What a machine needs to start it.
    ///
    /// @param ramDisk a temporary file, which [#close()] removes; null where the boot has its own
    public record Started(Path ramDisk, LinuxBoot boot, long memory) implements Program {

        public Path kernel() {
            return boot.kernel();
        }

        /// The kernel's command line.
        public String words() {
            return boot.options().get(Settings.APPEND.key());
        }

        @Override
        public byte[] image() {
            return new byte[0]; // the kernel's file is among the options
        }

        @Override
        public Map<String, String> options() {
            Map<String, String> options = new LinkedHashMap<>(boot.options());
            options.put(Settings.MEMORY.key(), Long.toString(memory));
            options.put(Settings.MAX_INSTRUCTIONS.key(), INSTRUCTION_LIMIT);
            return options;
        }

        @Override
        public void close() {
            boot.close();
            if (ramDisk != null) {
                remove(ramDisk);
            }
        }
    }
}
