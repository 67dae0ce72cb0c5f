// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.linux;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// An initial RAM disk that `penumbra linux` makes itself: busybox, kernel modules, and an `/init` that ends in a shell
/// or a script, whose status becomes the guest's.
///
/// `/init` reads words of the kernel's command line, which the kernel hands on as its environment: `penumbra_root`, the
/// disk in whose file system the shell or script runs, and `penumbra_share`, `ro` or `rw` where there is a folder to
/// mount.
public final class RamDisk {

    /// Kernel modules that `/init` loads, one on a line.
    private static final String MODULES = "etc/modules";
    /// Where a script for the guest lies, and what says that there is one.
    private static final String SCRIPT = "penumbra-script";

    /// Starts as process 1. A shell's or script's status goes to the test finisher, whose register is at 0x100000.
    private static final String INIT = """
            #!/bin/busybox sh
            /bin/busybox mount -t proc proc /proc
            /bin/busybox mount -t sysfs sys /sys
            /bin/busybox mount -t devtmpfs dev /dev
            /bin/busybox --install -s /bin
            export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=${TERM:-linux} PS1='\\w # '
            finish() {
                sync
                if [ $1 -ne 0 ]; then
                    devmem 0x100000 32 $((($1 << 16) | 0x3333))
                fi
                poweroff -f
            }
            while read module; do
                modprobe $module || echo "penumbra: the kernel module $module cannot be loaded"
            done < /etc/modules
            ip link set lo up
            if [ -d /sys/class/net/eth0 ]; then
                ip link set eth0 up
                udhcpc -q -n -f -t 5 -T 2 -i eth0 -s /etc/udhcpc > /dev/null 2>&1 || echo 'penumbra: the network gives no address'
            fi
            if [ -n "$penumbra_share" ]; then
                mkdir -p /mnt/share
                mount -t 9p -o $penumbra_share,trans=virtio,version=9p2000.L,msize=512000,cache=none share /mnt/share ||
                    echo 'penumbra: the shared folder cannot be mounted'
            fi
            cd /root
            enter= shell='sh -l'
            if [ -n "$penumbra_root" ]; then
                mkdir /debian
                if ! mount -t ext4 -o noatime /dev/$penumbra_root /debian; then
                    echo "penumbra: the root file system on $penumbra_root cannot be mounted"
                    finish 1
                fi
                for directory in dev proc sys; do
                    mount --bind /$directory /debian/$directory
                done
                if [ -n "$penumbra_share" ]; then
                    mkdir -p /debian/mnt/share && mount --bind /mnt/share /debian/mnt/share
                fi
                mkdir -p /dev/pts /dev/shm
                mount -t devpts devpts /dev/pts
                mount -t tmpfs tmpfs /debian/tmp
                mount -t tmpfs tmpfs /debian/run
                mount -t tmpfs tmpfs /dev/shm
                cp /penumbra-* /debian/run 2> /dev/null
                cp /etc/resolv.conf /debian/etc 2> /dev/null
                enter='chroot /debian' shell='/usr/bin/bash -l'
            fi
            if [ -f /penumbra-script ] && [ -n "$enter" ]; then
                $enter /usr/bin/sh /run/penumbra-script < /dev/null
            elif [ -f /penumbra-script ]; then
                sh /penumbra-script < /dev/null
            elif [ -c /dev/hvc0 ]; then
                setsid -c $enter $shell < /dev/hvc0 > /dev/hvc0 2>&1
            else
                setsid cttyhack $enter $shell
            fi
            status=$?
            cd /
            [ -z "$enter" ] || umount -r /debian 2> /dev/null
            finish $status
            """;

    /// What the DHCP client calls with an event and what it was given.
    private static final String DHCP_SCRIPT = """
            #!/bin/sh
            [ "$1" = bound ] || [ "$1" = renew ] || exit 0
            ifconfig $interface $ip netmask $subnet
            ip route replace default via $router
            : > /etc/resolv.conf
            for server in $dns; do
                echo "nameserver $server" >> /etc/resolv.conf
            done
            """;

    private final CpioArchive archive = new CpioArchive();

    /// @param busybox the program, linked statically
    /// @param modules of the kernel, or null where none are loaded
    /// @param load    names of the modules that `/init` loads, in this order
    /// @param onDemand names of modules that the kernel can ask for
    public RamDisk(byte[] busybox, KernelModules modules, List<String> load, List<String> onDemand) throws IOException {
        for (String name : new String[] {"bin", "dev", "etc", "lib", "lib/modules", "mnt", "proc", "root", "sys", "tmp",
                "usr", "var"}) {
            archive.directory(name);
        }
        archive.device("dev/console", 0600, 5, 1).device("dev/null", 0666, 1, 3)
                .file("bin/busybox", 0755, busybox).link("bin/sh", "busybox").link("sbin", "bin")
                .file("init", 0755, ascii(INIT)).file("etc/udhcpc", 0755, ascii(DHCP_SCRIPT))
                .file(MODULES, 0644, ascii(load.isEmpty() ? "" : String.join("\n", load) + "\n"));
        if (modules != null) {
            modules.addTo(archive, java.util.stream.Stream.concat(load.stream(), onDemand.stream()).toList());
        }
    }

    /// Adds a script that `/init` runs instead of a shell.
    public RamDisk script(byte[] script) {
        archive.file(SCRIPT, 0755, script);
        return this;
    }

    /// Adds a file, in a directory that is there.
    ///
    /// @param name without a leading slash
    /// @param mode permissions, such as `0755`
    RamDisk file(String name, int mode, byte[] contents) {
        archive.file(name, mode, contents);
        return this;
    }

    /// Different where what every such disk holds is different.
    static String identity() {
        return INIT + DHCP_SCRIPT;
    }

    public byte[] bytes() {
        return archive.bytes();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
