// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.start;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.classfile.ClassFile;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.Collections;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class RecentClassesTest {

    @TempDir
    private Path folder;

    private static Path jarOf(Class<?> type) throws Exception {
        return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    }

    @Test
    void oldClassesAreVerifiedByTheirNewStackMaps() throws Exception {
        Path converted = folder.resolve("picocli.jar");
        assertTrue(RecentClasses.convert(jarOf(CommandLine.class), converted), "picocli's classes are of Java 5");
        try (ZipFile jar = new ZipFile(converted.toFile());
                URLClassLoader loader = new URLClassLoader(new URL[] {converted.toUri().toURL()}, null)) {
            int classes = 0;
            for (var entry : Collections.list(jar.entries())) {
                if (!entry.getName().endsWith(".class") || entry.getName().contains("module-info")) {
                    continue;
                }
                classes++;
                var model = ClassFile.of().parse(jar.getInputStream(entry).readAllBytes());
                assertEquals(ClassFile.JAVA_8_VERSION, model.majorVersion(), entry.getName());
                if (!entry.getName().contains("groovy")) {
                    // Initialising it verifies it, now without the way round that old classes have.
                    Class.forName(entry.getName().replace(".class", "").replace('/', '.'), true, loader);
                }
            }
            assertTrue(classes > 100, classes + " classes");
            assertNotSame(CommandLine.class, loader.loadClass("picocli.CommandLine"));
        }
    }

    @Test
    void jarsWithoutOldClassesAreLeftAlone() throws Exception {
        assertFalse(RecentClasses.convert(jarOf(com.google.gson.Gson.class), folder.resolve("gson.jar")));
        assertFalse(folder.resolve("gson.jar").toFile().exists());
    }
}
