// SPDX-License-Identifier: Apache-2.0
package org.penumbra.tests.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Roots of Debian's packages, one for each kind of program, so that each is small enough to be built in minutes and a failure
/// of one says nothing of the others. They are built once and kept in the user's cache. Skipped where the packages cannot be had.
@Tag("offline")
final class LinuxRootTest {
    private static final int GUEST_STATUS = 7;
    private static final long LONGEST_SECONDS = 7200;

    @TempDir
    private Path folder;

    /// A root, by the name that it has here, and what is asked for beside what every root has.
    private enum Root {
        WEB("nginx-light,openssh-client,openssh-server"),
        JAVA("default-jre-headless"),
        SCRIPTS("nodejs,python3"),
        COMPILER("gcc,libc6-dev"),
        DATABASE("postgresql");

        private final String packages;

        Root(String packages) {
            this.packages = packages;
        }

        private String label() {
            return "penumbra-test-" + name().toLowerCase(Locale.ROOT);
        }
    }

    private void build(Root root) throws Exception {
        LinuxRun run = LinuxRun.of(folder, LONGEST_SECONDS, LinuxRun.command("rootfs", "build", root.label(), "--packages",
                root.packages), new File("/dev/null"));
        assertTrue(run.status() == 0 || run.said().contains("there is a root " + root.label() + " already"), run.toString());
        LinuxRun list = LinuxRun.of(folder, LONGEST_SECONDS, LinuxRun.command("rootfs", "list"), new File("/dev/null"));
        assertTrue(list.console().contains(root.label()) && list.console().contains(root.packages), list.toString());
    }

    /// What a script prints in a root.
    private String inRoot(Root root, String script, Object... more) throws Exception {
        build(root);
        List<Object> options = new ArrayList<>(List.of("--rootfs", root.label(), "--memory", "1G", "--script",
                Files.writeString(folder.resolve("script.sh"), script + "\nexit " + GUEST_STATUS + "\n")));
        options.addAll(List.of(more));
        LinuxRun outcome = LinuxRun.of(folder, LONGEST_SECONDS, LinuxRun.command("linux", options.toArray()), new File("/dev/null"));
        assertEquals(GUEST_STATUS, outcome.status(), outcome.toString());
        return outcome.console();
    }

    @Test
    void everythingIsConfigured() throws Exception {
        assertEquals("ii \naudited\n42\n/usr/bin/mawk\nsshd\nwww-data\n1c1\n< a\n---\n> b\n/mnt\nless\nping\n", inRoot(Root.WEB, """
                dpkg-query -W -f '${db:Status-Abbrev}\\n' | sort -u
                dpkg --audit && echo audited
                awk 'BEGIN { print 6 * 7 }'; readlink /etc/alternatives/awk
                getent passwd sshd www-data | cut -d: -f1
                echo a > /tmp/a; echo b > /tmp/b; diff /tmp/a /tmp/b; find /mnt -maxdepth 0; less --version | head -n 1 | grep -o '^less'
                ping -V | grep -o '^ping'
                """));
    }

    @Test
    void nginxAndSshdServe() throws Exception {
        assertEquals("HTTP/1.1 200 OK\nfrom ssh\n", inRoot(Root.WEB, """
                service nginx start > /dev/null 2>&1
                bash -c 'exec 3<> /dev/tcp/127.0.0.1/80; printf "GET / HTTP/1.0\\r\\n\\r\\n" >&3; head -n 1 <&3 | tr -d "\\r"'
                service ssh start > /dev/null 2>&1
                ssh-keygen -q -N '' -f /root/.ssh/id_ed25519 && cp /root/.ssh/id_ed25519.pub /root/.ssh/authorized_keys
                ssh -o StrictHostKeyChecking=no -o LogLevel=ERROR root@127.0.0.1 echo from ssh
                """));
    }

    @Test
    void javaRuns() throws Exception {
        Path source = Files.writeString(folder.resolve("Hello.java"), """
                public class Hello {
                    public static void main(String[] words) {
                        System.out.println("java " + java.util.stream.LongStream.rangeClosed(1, 1000).sum());
                    }
                }
                """);
        Path shared = Files.createDirectory(folder.resolve("shared"));
        assertEquals(0, ToolProvider.getSystemJavaCompiler().run(null, null, null, "--release", "17", "-d", shared.toString(),
                source.toString()));
        assertEquals("bin/java\njava 500500\n", inRoot(Root.JAVA, """
                readlink -f /etc/alternatives/java | grep -o 'bin/java'
                java -cp /mnt/share Hello
                """, "--share", shared));
    }

    @Test
    void nodeAndPythonRun() throws Exception {
        assertEquals("node 1,4,9\npython {\"a\": 5050}\n", inRoot(Root.SCRIPTS, """
                node -e 'console.log("node", [1, 2, 3].map(x => x * x).join())'
                python3 -c 'import sys, json; print("python", json.dumps({"a": sum(range(101))}))'
                """));
    }

    @Test
    void gccCompiles() throws Exception {
        assertEquals("gcc 42\n", inRoot(Root.COMPILER, """
                printf '#include <stdio.h>\\nint main(void) { printf("gcc %%d\\\\n", 6 * 7); }' > /tmp/x.c
                gcc -O2 -o /tmp/x /tmp/x.c && /tmp/x
                """));
    }

    @Test
    void postgresAnswers() throws Exception {
        assertEquals("postgres\n500500\n", inRoot(Root.DATABASE, """
                getent passwd postgres | cut -d: -f1
                service postgresql start > /dev/null 2>&1
                su postgres -c "psql -Atc 'select sum(x) from generate_series(1, 1000) x'"
                """));
    }

    @Test
    void aptInstallsInTheGuest() throws Exception {
        String said = inRoot(Root.WEB, """
                apt-get -qq update && apt-get -qq -y install --no-install-recommends bc > /dev/null 2>&1
                echo '6 * 7' | bc
                """, "--net", "user");
        assertTrue(said.endsWith("42\n"), said);
    }
}
