// SPDX-License-Identifier: Apache-2.0
package org.penumbra.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.attribute.CodeAttribute;
import java.net.URI;
import java.net.URL;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// HotSpot never compiles a method over 8,000 bytes of bytecode: an interpreter switch beyond that would run ten times
/// slower, and nothing would say so.
final class MethodSizeTest {

    private static final int LIMIT = 7_500;

    @Test
    void everyMethodIsSmallEnoughForTheHostCompiler() throws IOException {
        List<String> tooBig = new ArrayList<>();
        int seen = 0;
        for (URL root : Collections.list(MethodSizeTest.class.getClassLoader().getResources("org/penumbra"))) {
            URI uri = URI.create(root.toString());
            if (uri.getScheme().equals("file")) {
                seen += examine(Path.of(uri), tooBig);
                continue;
            }
            try (FileSystem jar = FileSystems.newFileSystem(uri, Map.of())) {
                seen += examine(jar.getPath("/org/penumbra"), tooBig);
            }
        }
        assertTrue(seen > 50, "only " + seen + " classes of ours on the class path");
        assertEquals(List.of(), tooBig);
    }

    private static int examine(Path root, List<String> tooBig) throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.walk(root)) {
            files = all.filter(file -> file.toString().endsWith(".class")).toList();
        }
        for (Path file : files) {
            var parsed = ClassFile.of().parse(Files.readAllBytes(file));
            for (var method : parsed.methods()) {
                // Static initialisers run once.
                if (method.methodName().equalsString("<clinit>") || method.code().isEmpty()) {
                    continue;
                }
                int size = ((CodeAttribute) method.code().get()).codeLength();
                if (size > LIMIT) {
                    tooBig.add(parsed.thisClass().asInternalName() + "." + method.methodName() + ": " + size + " bytes");
                }
            }
        }
        return files.size();
    }
}
