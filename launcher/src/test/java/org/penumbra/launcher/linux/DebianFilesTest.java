// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.penumbra.launcher.cli.ExitStatus;
import org.penumbra.launcher.cli.Failure;

/// What is known of Debian's files before any is fetched.
final class DebianFilesTest {

    private static final String OURS = "/penumbra/debian-trixie-riscv64";

    private static String cache(Map<String, String> environment, String home) {
        return DebianFiles.userCache(environment, home).toString();
    }

    @Test
    void theUsersCacheIsWhereTheEnvironmentSays() {
        assertEquals("/x" + OURS, cache(Map.of("XDG_CACHE_HOME", "/x", "HOME", "/h"), "/u"));
        assertEquals("/h/.cache" + OURS, cache(Map.of("XDG_CACHE_HOME", "relative", "HOME", "/h"), "/u"));
        assertEquals("/u/.cache" + OURS, cache(Map.of("HOME", ""), "/u"));
        var nowhere = assertThrows(Failure.class, () -> cache(Map.of("HOME", "relative"), "?"));
        assertEquals(ExitStatus.NO_INPUT, nowhere.status());
        assertTrue(nowhere.getMessage().contains("set HOME"), nowhere.getMessage());
    }

    @Test
    void debiansMirrorIsTriedBeforeOtherRepositories() {
        var mirrors = PrivateApt.Mirror.of(List.of("https://one.example/linux/ stable main /keys/one.gpg",
                "https://other.example/tools bookworm contrib", "https://mirror.example/debian/ bookworm main ",
                "https://mirror.example/debian/ bookworm-updates main", "https://mirror.example/debian/ bookworm main ",
                "https://copy.example/debian trixie main /keys/copy.gpg"));
        assertEquals(List.of("https://mirror.example/debian/", "https://copy.example/debian", "https://one.example/linux/"),
                mirrors.stream().map(PrivateApt.Mirror::address).toList());
        assertEquals("/keys/copy.gpg", mirrors.get(1).keyring());
        assertTrue(mirrors.getFirst().keyring().endsWith("debian-archive-keyring.gpg"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"vim-", "Vim", "-y", "a", "", "x y", "../x", "x;y", "vim=1"})
    void whatIsNoNameOfAPackageIsRefused(String name, @TempDir Path cache) {
        var root = new DebianRoot(new RootStore(cache, 1 << 30), new PrintStream(PrintStream.nullOutputStream()));
        var refused = assertThrows(Failure.class, () -> root.obtain(List.of(name)));
        assertEquals(ExitStatus.USAGE, refused.status());
        assertTrue(refused.getMessage().startsWith("--packages: '" + name + "'"), refused.getMessage());
    }
}
