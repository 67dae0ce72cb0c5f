// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.start;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.penumbra.launcher.Main;
import org.penumbra.launcher.cli.WorkDirectory;
import org.penumbra.launcher.linux.RamDisk;

/// The training run of the start-up cache: it loads and exercises what every start needs, including the compiler and
/// its profiles. Not a command; the `penumbra` script runs it once after a build.
public final class Training {

    private static final int KERNEL_LENGTH = 4096;

    private Training() {
    }

    public static void main(String[] arguments) {
        PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream());
        System.setOut(nowhere);
        Main.execute(nowhere, "--version");
        Main.execute(nowhere, "run", "--help");
        Main.execute(nowhere, "run", "/nonexistent");
        bootNothing(nowhere);
        runTreadmill(nowhere);
    }

    /// Interprets treadmill, a kernel with its programs. The interpreter's loop sees the same mix there as in a boot of
    /// Linux, so the JVM's compiler has the right profile for the loop before any guest has run. Compute loops use few
    /// of the loop's cases; their profile is worse than none.
    private static void runTreadmill(PrintStream err) {
        int status = Main.execute(err, "compare", "--quick", "--models=native", "--engine=interpreter", "--jobs=1");
        if (status != 0) {
            throw new IllegalStateException("treadmill ended with status " + status);
        }
    }

    /// Starts a Linux machine with a kernel that powers it off at once.
    private static void bootNothing(PrintStream err) {
        ByteBuffer kernel = ByteBuffer.allocate(KERNEL_LENGTH).order(ByteOrder.LITTLE_ENDIAN);
        kernel.putInt(0, 0x0400_006f); // j 64
        kernel.putLong(0x08, 2 << 20).putLong(0x10, KERNEL_LENGTH).putInt(0x38, 0x0543_5352).position(64);
        // li a7, SRST; li a6, 0; li a0, 0; li a1, 0; ecall
        for (int word : new int[] {0x5352_58b7, 0x3548_8893, 0x0000_0813, 0x0000_0513, 0x0000_0593, 0x0000_0073}) {
            kernel.putInt(word);
        }
        Path folder = null;
        try {
            folder = Files.createTempDirectory("penumbra");
            Path image = Files.write(folder.resolve("Image"), kernel.array());
            Path initrd = Files.write(folder.resolve("initrd"), new RamDisk(new byte[1], null, List.of(), List.of())
                    .script(new byte[1]).bytes());
            int status = Main.execute(err, "linux", "--kernel", image.toString(), "--initrd", initrd.toString());
            if (status != 0) {
                throw new IllegalStateException("the kernel that switches off ended with status " + status);
            }
        } catch (IOException e) {
            System.err.println("no training with Linux: " + e.getMessage());
        } finally {
            try {
                if (folder != null) {
                    WorkDirectory.delete(folder);
                }
            } catch (IOException _) {
                // The system clears its temporary directory.
            }
        }
    }
}
