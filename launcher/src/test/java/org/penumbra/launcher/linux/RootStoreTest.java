// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.penumbra.launcher.cli.ExitStatus;
import org.penumbra.launcher.cli.Failure;

final class RootStoreTest {

    @TempDir
    private Path cache;

    private Path file(String name, int length) throws IOException {
        Path file = cache.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.write(file, new byte[length]);
    }

    @Test
    void rootsAreListedAndRemoved() throws IOException {
        RootStore store = new RootStore(cache, 1000);
        assertEquals(List.of(), store.all());
        file("roots/web.img", 100);
        file("roots/half.img.new", 50);
        store.remember("web", List.of("nginx", "ssh"));
        store.remember("half", List.of("gcc"));
        assertEquals(List.of(new RootStore.Root("half", 50, List.of("gcc"), false),
                new RootStore.Root("web", 100, List.of("nginx", "ssh"), true)), store.all());
        assertTrue(store.has("web"));
        assertFalse(store.has("half"));
        store.remove("web");
        store.remove("half");
        assertEquals(0, RootStore.size(cache));
        var none = assertThrows(Failure.class, () -> store.remove("web"));
        assertEquals(ExitStatus.NO_INPUT, none.status());
    }

    @Test
    void downloadsLongestOfNoUseGoUntilAllFits() throws IOException {
        Path old = file("apt/cache/archives/a_1_riscv64.deb", 300);
        Path newer = file("apt/cache/archives/b_1_riscv64.deb", 300);
        Files.setLastModifiedTime(old, FileTime.fromMillis(1000));
        file("roots/web.img", 300);
        RootStore store = new RootStore(cache, 1000);
        store.shrink(100);
        assertTrue(Files.exists(old));
        store.shrink(101);
        assertFalse(Files.exists(old));
        assertTrue(Files.exists(newer));
        var full = assertThrows(Failure.class, () -> store.shrink(701));
        assertEquals(ExitStatus.CANNOT_WRITE, full.status());
        assertTrue(full.getMessage().contains("penumbra rootfs remove"), full.getMessage());
        assertTrue(store.has("web"), "a root is never removed by itself");
    }

    @Test
    void theBoundIsTheEnvironments() {
        assertEquals(16L << 30, RootStore.bound(Map.of()));
        assertEquals(3L << 30, RootStore.bound(Map.of("PENUMBRA_CACHE_SIZE", "3G")));
        assertEquals(ExitStatus.USAGE, assertThrows(Failure.class, () -> RootStore.bound(Map.of("PENUMBRA_CACHE_SIZE", "much"))).status());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "../web", "a/b", "Web", "x.img", "x.img.new", "-x", "a b", "a\n"})
    void whatIsNoNameIsRefused(String name) {
        assertEquals(ExitStatus.USAGE, assertThrows(Failure.class, () -> RootStore.requireName(name)).status());
    }

    @Test
    void theSamePackagesAreTheSameRoot() {
        assertEquals("debian", DebianRoot.nameFor(List.of()));
        assertEquals("debian", DebianRoot.nameFor(List.of("redis", "sqlite3", "python3")));
        assertEquals("debian-a_b", DebianRoot.nameFor(List.of("b", "a", "b")));
        assertEquals("debian-a_b", RootStore.requireName(DebianRoot.nameFor(List.of("a", "b"))));
        assertTrue(DebianRoot.nameFor(List.of("a".repeat(300))).length() < 30);
    }
}
