// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.linux;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.penumbra.launcher.cli.ExitStatus;
import org.penumbra.launcher.cli.Failure;
import org.penumbra.launcher.guest.Guest;
import org.penumbra.launcher.guest.MachineOptions;
import org.penumbra.launcher.guest.OrderlyEnd;
import org.penumbra.launcher.terminal.Terminal;
import org.penumbra.options.EngineMode;
import org.penumbra.options.HostPath;
import org.penumbra.options.Settings;

/// Configures the packages of a root inside the guest that they are for, once: their scripts make users, alternatives,
/// configuration files and whatever else is not in the packages themselves. What debootstrap calls its second stage.
///
/// An interrupted one is gone on with by the next: dpkg begins where it was.
final class SecondStage {

    /// `dpkg --configure -a` looks at what packages depend on; what all take for granted without saying so comes first.
    static final String SCRIPT = """
            export DEBIAN_FRONTEND=noninteractive DEBCONF_NONINTERACTIVE_SEEN=true LC_ALL=C
            export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
            printf '#!/bin/sh\\nexit 101\\n' > /usr/sbin/policy-rc.d
            chmod 755 /usr/sbin/policy-rc.d
            [ -e /usr/bin/awk ] || ln -s mawk /usr/bin/awk
            ldconfig
            dpkg --force-depends --force-unsafe-io --configure libc6 base-passwd base-files perl-base mawk debconf || true
            dpkg --force-unsafe-io --configure -a || dpkg --force-unsafe-io --configure -a || failed=1
            while read -r path who; do
                dpkg-trigger --by-package=dpkg --no-await "$path"
            done < /var/lib/dpkg/triggers/File
            dpkg --force-unsafe-io --configure -a || failed=1
            ldconfig
            rm -f /usr/sbin/policy-rc.d
            dpkg-query -W -f '${db:Status-Abbrev} ${Package}\\n' | grep -v '^ii ' | sed 's/^/not configured: /'
            [ -z "$failed" ] || exit 1
            """;

    private static final long MEMORY = 1L << 30;
    private static final Pattern STEP = Pattern.compile("Setting up ([^ ]+) .*");

    private final PrintStream err;
    private final int packages;
    private final boolean terminal = Terminal.isThere();
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private int done;

    /// @param packages how many there are to be configured
    SecondStage(PrintStream err, int packages) {
        this.err = err;
        this.packages = packages;
    }

    /// Runs it.
    ///
    /// @param image a file system with unpacked packages and dpkg's database, which is changed
    /// @param log   a file for what the guest says
    /// @throws Failure 130 when it is interrupted, 70 where a package cannot be configured
    void run(Path image, Path log) throws IOException {
        err.println("penumbra: configuring " + packages + " packages in the guest, some minutes");
        try (LinuxBoot boot = new LinuxBoot(err).withScript(SCRIPT.getBytes(StandardCharsets.US_ASCII))
                .withRoot(new HostPath(image.toString(), true).toString())
                .withoutSelfTests().endingWithReset().prepare(MEMORY); OutputStream file = Files.newOutputStream(log)) {
            Map<String, String> options = new LinkedHashMap<>(MachineOptions.polyglot(EngineMode.DEFAULT));
            options.put(Settings.MEMORY.key(), Long.toString(MEMORY));
            options.put(Settings.DATE.key(), Long.toString(Instant.now().getEpochSecond()));
            options.putAll(boot.options());
            int status;
            try (Guest guest = Guest.load(options.get(Settings.KERNEL.key()), new byte[0], options,
                    InputStream.nullInputStream(),
                    new Watched(file), err); OrderlyEnd _ = new OrderlyEnd(guest)) {
                status = guest.run();
            }
            if (terminal) {
                err.print("\r\033[K");
            }
            if (status != 0) {
                throw new Failure(ExitStatus.INTERNAL, "the packages could not all be configured; what the guest said "
                        + "is in " + log);
            }
        }
    }

    /// What the guest prints, kept in a file and looked through for what dpkg is at.
    private final class Watched extends OutputStream {

        private final OutputStream file;

        Watched(OutputStream file) {
            this.file = file;
        }

        @Override
        public void write(int value) throws IOException {
            file.write(value);
            if (value != '\n') {
                line.write(value);
                return;
            }
            tell(line.toString(StandardCharsets.UTF_8).strip());
            line.reset();
        }

        @Override
        public void flush() throws IOException {
            file.flush();
        }
    }

    private void tell(String said) {
        var step = STEP.matcher(said);
        if (!step.matches()) {
            return;
        }
        String text = "penumbra: " + Math.min(++done, packages) + " of " + packages + ": " + step.group(1);
        if (terminal) {
            err.print("\r\033[K" + text);
        } else if (done % 25 == 1) {
            err.println(text);
        }
    }
}
