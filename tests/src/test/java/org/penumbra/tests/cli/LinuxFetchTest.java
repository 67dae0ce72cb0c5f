// SPDX-License-Identifier: Apache-2.0
package org.penumbra.tests.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Fetching Debian's files with an apt that fails, or takes forever: nothing may be left in the cache but the lock, and what apt
/// itself keeps for a root.
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class LinuxFetchTest {

    @TempDir
    private Path directory;

    private Path caches;
    private Path tools;

    @BeforeEach
    void makeTools() throws IOException {
        caches = directory.resolve("cache");
        tools = Files.createDirectory(directory.resolve("bin"));
        tool("apt-cache", """
                case $1 in
                pkgnames) for name in apt base-files base-passwd bash bsdutils coreutils dash debconf debian-archive-keyring debianutils \\
                        diffutils dpkg findutils grep gzip hostname init-system-helpers iproute2 iputils-ping less libc-bin login mawk \\
                        mount ncurses-base ncurses-bin netbase passwd perl-base procps sed sysvinit-utils tar util-linux python3 \\
                        redis sqlite3 nodejs; do echo $name; done ;;
                *) echo '  Depends: linux-image-6.1-riscv64' ;;
                esac""");
    }

    private void tool(String name, String commands) throws IOException {
        Path file = Files.writeString(tools.resolve(name), "#!/bin/sh\n" + commands + "\n");
        assertTrue(file.toFile().setExecutable(true));
    }

    private void apt(String download) throws IOException {
        tool("apt-get", """
                case "$*" in
                *indextargets*) echo 'http://localhost/debian stable main /usr/share/keyrings/nothing.gpg' ;;
                *update*) echo list > ../state/lists/list ;;
                *) echo part > part.deb
                   %s ;;
                esac""".formatted(download));
    }

    private Process start(Object... arguments) throws IOException {
        var builder = new ProcessBuilder(Command.of("linux", arguments)).redirectErrorStream(true)
                .redirectOutput(directory.resolve("out").toFile()).redirectInput(Path.of("/dev/null").toFile());
        builder.environment().put("XDG_CACHE_HOME", caches.toString());
        builder.environment().merge("PATH", tools.toString(), (old, first) -> first + ":" + old);
        return builder.start();
    }

    private List<String> left() throws IOException {
        try (Stream<Path> all = Files.walk(caches.resolve("penumbra"))) {
            return all.filter(Files::isRegularFile).filter(file -> !file.toString().contains("/apt/")).map(file -> file.getFileName().toString()).toList();
        }
    }

    private String said() throws IOException {
        return Files.readString(directory.resolve("out"));
    }

    @Test
    void failedFetchLeavesNothingBehind() throws Exception {
        apt("echo 'E: no route to host' >&2; exit 100");
        for (Object[] arguments : new String[][] {{}, {"--rootfs", "debian"}}) {
            assertEquals(66, start(arguments).waitFor(), said());
            assertTrue(said().contains("no route to host"), said());
            assertTrue(said().lines().allMatch(line -> line.startsWith("penumbra: ")), said());
            assertEquals(List.of("lock"), left());
        }
    }

    @Test
    void aPackageThatIsNotThereIsNamedAndNoPatternOfOthers() throws Exception {
        apt("echo 'E: asked for it' >&2; exit 100");
        assertEquals(66, start("--rootfs", "debian", "--packages", "node.js").waitFor(), said());
        assertTrue(said().contains("there is no package node.js"), said());
        assertEquals(66, start("--rootfs", "debian", "--packages", "nodejs").waitFor(), said());
        assertTrue(said().contains("asked for it"), said());
    }

    /// Of three with a suite of Debian's name, and with the host's own hooks out of the way.
    @Test
    void theMirrorThatAnswersIsUsed() throws Exception {
        tool("apt-get", """
                case "$*" in
                *indextargets*) echo 'http://localhost/vendor stable main'; echo 'http://localhost/old/debian/ bookworm main'
                    echo 'http://localhost/debian/ bookworm main' ;;
                *update*) sed -n 's/^URIs: //p' ../debian.sources >> %1$s/asked
                    grep -q '#clear APT::Update::Post-Invoke;' "$2" || exit 1
                    grep -q 'localhost/debian/' ../debian.sources || { echo 'E: gone' >&2; exit 100; } ;;
                *) echo 'E: enough' >&2; exit 100 ;;
                esac""".formatted(directory));
        assertEquals(66, start().waitFor(), said());
        assertTrue(said().contains("cannot get Debian's kernel: E: enough"), said());
        assertEquals("http://localhost/old/debian/\nhttp://localhost/debian/\n", Files.readString(directory.resolve("asked")));
        tool("apt-get", "case $* in *indextargets*) echo 'http://localhost/vendor stable main' ;; *) echo 'E: gone' >&2; exit 100 ;; esac");
        assertEquals(66, start().waitFor(), said());
        assertTrue(said().contains("http://localhost/vendor: E: gone"), said());
    }

    @Test
    void interruptedFetchLeavesNothingBehindAndStopsApt() throws Exception {
        apt("echo $$ > %s; exec sleep 1000".formatted(directory.resolve("pid")));
        Process process = start();
        while (process.isAlive() && !(Files.exists(directory.resolve("pid")) && Files.size(directory.resolve("pid")) > 1)) {
            Thread.sleep(50);
        }
        assertTrue(left().contains("part.deb"), left() + said());
        process.destroy();
        assertTrue(process.waitFor(20, TimeUnit.SECONDS));
        assertEquals(List.of("lock"), left());
        assertFalse(said().contains("cannot get"), said());
        long apt = Long.parseLong(Files.readString(directory.resolve("pid")).strip());
        assertFalse(ProcessHandle.of(apt).map(ProcessHandle::isAlive).orElse(false), "apt goes on");
    }
}
