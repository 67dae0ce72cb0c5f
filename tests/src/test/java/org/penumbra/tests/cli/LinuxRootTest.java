// SPDX-License-Identifier: Apache-2.0
package org.penumbra.tests.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Roots of Debian's packages, built once and kept in the user's cache: half an hour the first time. Skipped where the packages
/// cannot be had.
@Tag("offline")
final class LinuxRootTest {
    private static final int GUEST_STATUS = 7;
    private static final long LONGEST_SECONDS = 7200;
    private static final String NAME = "penumbra-test";
    private static final String PACKAGES = "default-jre-headless,gcc,libc6-dev,nginx-light,nodejs,openssh-client,openssh-server,"
            + "postgresql,python3";

    @TempDir
    private Path folder;

    private void build() throws Exception {
        LinuxRun run = LinuxRun.of(folder, LONGEST_SECONDS, LinuxRun.command("rootfs", "build", NAME, "--packages", PACKAGES),
                new File("/dev/null"));
        assertTrue(run.status() == 0 || run.said().contains("there is a root " + NAME + " already"), run.toString());
        LinuxRun list = LinuxRun.of(folder, LONGEST_SECONDS, LinuxRun.command("rootfs", "list"), new File("/dev/null"));
        assertTrue(list.console().contains(NAME) && list.console().contains("nginx-light"), list.toString());
    }

    private LinuxRun inRoot(String script, Object... more) throws Exception {
        List<Object> options = new ArrayList<>(List.of("--rootfs", NAME, "--memory", "1G"));
        options.addAll(List.of(more));
        build();
        return LinuxRun.ofScript(folder, script + "\nexit " + GUEST_STATUS + "\n", options.toArray());
    }

    @Test
    void everythingIsConfigured() throws Exception {
        LinuxRun outcome = inRoot("""
                dpkg-query -W -f '${db:Status-Abbrev}\\n' | sort | uniq -c | wc -l
                dpkg-query -W -f '${db:Status-Abbrev}\\n' | sort -u
                dpkg --audit && echo audited
                awk 'BEGIN { print 6 * 7 }'; readlink /etc/alternatives/awk
                readlink -f /etc/alternatives/java | grep -o 'bin/java'
                getent passwd postgres sshd www-data | cut -d: -f1
                echo a > /tmp/a; echo b > /tmp/b; diff /tmp/a /tmp/b; find /mnt -maxdepth 0; less --version | head -n 1 | grep -o '^less'
                ping -V | grep -o '^ping'
                """);
        assertEquals(GUEST_STATUS, outcome.status(), outcome.toString());
        assertEquals("1\nii \naudited\n42\n/usr/bin/mawk\nbin/java\npostgres\nsshd\nwww-data\n1c1\n< a\n---\n> b\n/mnt\nless\nping\n",
                outcome.console());
    }

    @Test
    void programsRun() throws Exception {
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
        LinuxRun outcome = inRoot("""
                node -e 'console.log("node", [1, 2, 3].map(x => x * x).join())'
                python3 -c 'import sys, json; print("python", json.dumps({"a": sum(range(101))}))'
                printf '#include <stdio.h>\\nint main(void) { printf("gcc %d\\\\n", 6 * 7); }' > /tmp/x.c
                gcc -O2 -o /tmp/x /tmp/x.c && /tmp/x
                java -cp /mnt/share Hello
                """, "--share", shared);
        assertEquals(GUEST_STATUS, outcome.status(), outcome.toString());
        assertEquals("node 1,4,9\npython {\"a\": 5050}\ngcc 42\njava 500500\n", outcome.console());
    }

    @Test
    void servicesRun() throws Exception {
        LinuxRun outcome = inRoot("""
                service postgresql start > /dev/null 2>&1
                su postgres -c "psql -Atc 'select sum(x) from generate_series(1, 1000) x'"
                service nginx start > /dev/null 2>&1
                python3 -c 'import urllib.request as r; print("nginx", r.urlopen("http://127.0.0.1/").status)'
                service ssh start > /dev/null 2>&1
                ssh-keygen -q -N '' -f /root/.ssh/id_ed25519 && cp /root/.ssh/id_ed25519.pub /root/.ssh/authorized_keys
                ssh -o StrictHostKeyChecking=no -o LogLevel=ERROR root@127.0.0.1 echo from ssh
                """);
        assertEquals(GUEST_STATUS, outcome.status(), outcome.toString());
        assertEquals("500500\nnginx 200\nfrom ssh\n", outcome.console());
    }

    @Test
    void aptInstallsInTheGuest() throws Exception {
        LinuxRun outcome = inRoot("""
                apt-get -qq update && apt-get -qq -y install --no-install-recommends bc > /dev/null 2>&1
                echo '6 * 7' | bc
                """, "--net", "user");
        assertEquals(GUEST_STATUS, outcome.status(), outcome.toString());
        assertTrue(outcome.console().endsWith("42\n"), outcome.console());
    }
}
