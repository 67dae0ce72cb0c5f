// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher;

import java.nio.charset.StandardCharsets;

/// The initial RAM disks that `penumbra linux` makes itself.
final class RamDisk {

    /// Where a script for the guest lies, and what says that there is one.
    private static final String SCRIPT = "penumbra-script";

    /// Starts as process 1. A shell's or script's status goes to the test finisher, whose register is at 0x100000.
    private static final String INIT = """
            #!/bin/busybox sh
            /bin/busybox mount -t proc proc /proc
            /bin/busybox mount -t sysfs sys /sys
            /bin/busybox mount -t devtmpfs dev /dev
            /bin/busybox --install -s /bin
            export PATH=/bin HOME=/root TERM=${TERM:-linux} PS1='\\w # '
            cd /root
            if [ -f /penumbra-script ]; then
                sh /penumbra-script
                status=$?
            else
                setsid cttyhack sh -l
                status=0
            fi
            if [ $status -ne 0 ]; then
                devmem 0x100000 32 $(((status << 16) | 0x3333))
            fi
            poweroff -f
            """;

    private RamDisk() {
    }

    /// A root file system with nothing but busybox.
    static byte[] busybox(byte[] program) {
        CpioArchive archive = new CpioArchive();
        for (String name : new String[] {"bin", "dev", "etc", "proc", "root", "sys", "tmp", "usr", "var"}) {
            archive.directory(name);
        }
        return archive.device("dev/console", 0600, 5, 1).device("dev/null", 0666, 1, 3)
                .file("bin/busybox", 0755, program).link("bin/sh", "busybox")
                .file("init", 0755, INIT.getBytes(StandardCharsets.US_ASCII)).bytes();
    }

    /// The same with a script that [#INIT] runs instead of a shell: archives may follow each other.
    static byte[] withScript(byte[] disk, byte[] script) {
        byte[] addition = new CpioArchive().file(SCRIPT, 0755, script).bytes();
        int start = disk.length + 3 & -4;
        byte[] both = java.util.Arrays.copyOf(disk, start + addition.length);
        System.arraycopy(addition, 0, both, start, addition.length);
        return both;
    }
}
