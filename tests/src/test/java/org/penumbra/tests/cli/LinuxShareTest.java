// SPDX-License-Identifier: Apache-2.0
package org.penumbra.tests.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A folder of the host in Debian's kernel. Skipped where its files cannot be had.
@Tag("long")
final class LinuxShareTest {
    private static final int GUEST_STATUS = 7;
    private static final long FAR = 3L << 30;

    @TempDir
    private Path folder;

    private Path shared() throws Exception {
        Path shared = Files.createDirectory(folder.resolve("shared"));
        Files.writeString(folder.resolve("secret"), "secret\n");
        Files.writeString(shared.resolve("file"), "hello\n");
        Files.createSymbolicLink(shared.resolve("out"), folder.resolve("secret"));
        Files.createSymbolicLink(shared.resolve("up"), Path.of(".."));
        return shared;
    }

    @Test
    void theGuestWorksInAFolderOfThisComputerAndNowhereElse() throws Exception {
        Path shared = shared();
        byte[] data = new byte[3_000_001];
        new Random(5).nextBytes(data);
        Files.write(shared.resolve("data"), data);
        LinuxRun outcome = LinuxRun.ofScript(folder, """
                cd /mnt/share || exit 1
                cat file
                cat out up/secret 2> /dev/null || echo 'not out of here'
                cp data copy && cmp data copy && echo copied
                mkdir many && cd many
                for i in $(seq 1000); do echo $i > file-$i; done
                ls | wc -l; cat file-* | sort -n | md5sum
                for i in $(seq 1 2 1000); do mv file-$i moved-$i; done
                ls | grep -c moved; ls | wc -l
                cd ..; rm -r many; ls many 2> /dev/null || echo removed
                exec 3<> open; echo before >&3; rm open; echo after >&3; ls open 2> /dev/null
                exec 4< /proc/self/fd/3; cat <&4
                dd if=file of=big bs=1M seek=3072 2> /dev/null; stat -c %%s big; dd if=big bs=1M skip=3072 2> /dev/null
                mkdir -p a/b; echo deep > a/b/c; mv a z; cat z/b/c; mv z/b/c file; cat file
                echo one > log; echo two >> log; cat log; truncate -s 4 log; stat -c %%s log
                umask 0; echo x > all; chmod 640 log; stat -c '%%a %%u' all log
                ln log log2; stat -c %%h log; ln -s log sym; cat sym; readlink sym
                chown 1000 log 2> /dev/null || echo 'kept'
                touch -d '2001-02-03 04:05:06' log; stat -c %%Y log
                exit %d
                """.formatted(GUEST_STATUS), "--share", shared + ",write");
        assertEquals(GUEST_STATUS, outcome.status(), outcome.toString());
        assertEquals("""
                hello
                not out of here
                copied
                1000
                53d025127ae99ab79e8502aae2d9bea6  -
                500
                1000
                removed
                before
                after
                3221225478
                hello
                deep
                deep
                one
                two
                4
                666 0
                640 0
                2
                one
                log
                kept
                981173106
                """, outcome.console());
        assertArrayEquals(data, Files.readAllBytes(shared.resolve("copy")));
        assertEquals(FAR + "hello\n".length(), Files.size(shared.resolve("big")));
        assertEquals("deep\n", Files.readString(shared.resolve("file")));
        assertEquals("rw-r-----", PosixFilePermissions.toString(Files.getPosixFilePermissions(shared.resolve("log"))));
        assertTrue(Files.isSymbolicLink(shared.resolve("sym")));
        assertFalse(Files.exists(shared.resolve("many"), LinkOption.NOFOLLOW_LINKS));
        assertFalse(Files.exists(shared.resolve("open"), LinkOption.NOFOLLOW_LINKS));
        assertEquals("secret\n", Files.readString(folder.resolve("secret")));
    }

    @Test
    void aFolderIsReadOnlyByDefault() throws Exception {
        Path shared = shared();
        LinuxRun outcome = LinuxRun.ofScript(folder, """
                cd /mnt/share
                cat file
                echo x 2>&1 > file
                rm file 2>&1
                mount -o remount,rw /mnt/share
                echo x 2>&1 > file
                mkdir new 2>&1
                exit %d
                """.formatted(GUEST_STATUS), "--share", shared, "--engine", "interpreter");
        assertEquals(GUEST_STATUS, outcome.status(), outcome.toString());
        assertEquals(4, outcome.console().lines().filter(line -> line.contains("Read-only file system")).count(), outcome.console());
        assertEquals("hello\n", Files.readString(shared.resolve("file"), StandardCharsets.US_ASCII));
        try (Stream<Path> all = Files.list(shared)) {
            assertEquals(3, all.count());
        }
    }

    @Test
    void aFolderThatIsNotThereIsNamed() throws Exception {
        LinuxRun outcome = LinuxRun.ofScript(folder, "true", "--share", folder.resolve("none"));
        assertEquals(66, outcome.status(), outcome.toString());
        assertTrue(outcome.said().endsWith("none: no such folder; check the path\n"), outcome.said());
    }
}
