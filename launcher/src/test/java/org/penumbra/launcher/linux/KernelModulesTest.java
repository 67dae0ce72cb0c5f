// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;

final class KernelModulesTest {

    @TempDir
    private Path folder;

    @BeforeEach
    void install() throws IOException {
        module("fs/ext4/ext4", "depends=jbd2,mbcache", "alias=fs-ext4", "softdep=pre: crypto-crc32c");
        module("fs/jbd2/jbd2", "depends=", "softdep=pre: crypto-crc32c");
        module("fs/mbcache", "depends=");
        module("crypto/crc32c_generic", "alias=crypto-crc32c", "depends=");
        module("drivers/virtio-rng", "alias=virtio:d00000004v*", "depends=");
        module("other", "depends=mbcache");
    }

    private void module(String path, String... facts) throws IOException {
        Path file = folder.resolve("6.1-test/kernel/" + path + ".ko.xz");
        Files.createDirectories(file.getParent());
        try (OutputStream out = new XZOutputStream(Files.newOutputStream(file), new LZMA2Options(0))) {
            out.write(("\177ELF code\0\0" + String.join("\0", facts) + "\0end").getBytes(StandardCharsets.ISO_8859_1));
        }
    }

    private static String archive(KernelModules modules, String... names) throws IOException {
        CpioArchive archive = new CpioArchive();
        modules.addTo(archive, List.of(names));
        return new String(archive.bytes(), StandardCharsets.ISO_8859_1);
    }

    @Test
    void neededModulesComeAlongAndAreNamedBeforeTheirUsers() throws IOException {
        String archive = archive(KernelModules.in(folder), "ext4", "crc32c_generic");
        assertTrue(archive.contains("kernel/fs/ext4/ext4.ko: kernel/fs/mbcache.ko kernel/fs/jbd2/jbd2.ko "
                + "kernel/crypto/crc32c_generic.ko\n"), archive);
        assertTrue(archive.contains("kernel/fs/jbd2/jbd2.ko: kernel/crypto/crc32c_generic.ko\n"), archive);
        assertTrue(archive.contains("kernel/fs/mbcache.ko:\n"), archive);
        assertTrue(archive.contains("alias fs-ext4 ext4\n"), archive);
        assertTrue(archive.contains("lib/modules/6.1-test/kernel/fs/ext4/ext4.ko\0"), archive);
        assertTrue(!archive.contains("other.ko"), "only what is asked for");
    }

    @Test
    void dashesOfFileNamesAreUnderscoresOfModules() throws IOException {
        assertTrue(archive(KernelModules.in(folder), "virtio_rng").contains("alias virtio:d00000004v* virtio_rng\n"));
    }

    @Test
    void copiesHoldWhatIsNeededUnpackedAndNoMore() throws IOException {
        Path copy = folder.resolve("copy");
        KernelModules.in(folder).copy(List.of("ext4"), copy);
        try (Stream<Path> files = Files.walk(copy)) {
            assertEquals(List.of("ext4.ko", "jbd2.ko", "mbcache.ko"),
                    files.filter(Files::isRegularFile).map(file -> file.getFileName().toString()).sorted().toList());
        }
        assertEquals(archive(KernelModules.in(folder), "ext4"), archive(KernelModules.in(copy), "ext4"));
    }

    @Test
    void signaturesStayBehindForTheKernelTakesLongToCheckThem() throws IOException {
        Path file = folder.resolve("6.1-test/kernel/signed.ko");
        String module = "\177ELF code\0\0depends=\0end of module";
        for (String length : List.of("\0\0\0\11", "\1\0\0\11")) {
            String all = module + "signature" + "\0\0\2\0\0\0\0\0" + length + "~Module signature appended~\n";
            Files.writeString(file, all, StandardCharsets.ISO_8859_1);
            String archive = archive(KernelModules.in(folder), "signed");
            assertEquals(length.charAt(0) == 0, archive.contains("end of module\0") && !archive.contains("signature"), archive);
            assertEquals(length.charAt(0) != 0, archive.contains(all), "a length that cannot be is left to the kernel");
        }
    }

    @Test
    void missingAndDamagedModulesAreNamed() throws IOException {
        KernelModules modules = KernelModules.in(folder);
        assertTrue(assertThrows(IOException.class, () -> archive(modules, "btrfs")).getMessage().contains("btrfs"));
        Path damaged = folder.resolve("6.1-test/kernel/other.ko.xz");
        Files.write(damaged, new byte[100]);
        assertTrue(assertThrows(IOException.class, () -> archive(modules, "other")).getMessage().contains("other.ko.xz: is damaged"));
    }
}
