// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.start;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeTransform;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/// Converts old class files of libraries into a form that an AOT cache accepts: it rejects those from before Java 6,
/// which have no stack maps, and every start would load and verify them again. Not a command; the `penumbra` script
/// runs it once after a build.
public final class RecentClasses {

    private static final String CLASS = ".class";

    private RecentClasses() {
    }

    /// @param arguments a directory with jars, and one for those of them that had old classes, under the same names
    public static void main(String[] arguments) throws IOException {
        Path to = Files.createDirectories(Path.of(arguments[1]));
        List<Path> jars;
        try (Stream<Path> all = Files.list(Path.of(arguments[0]))) {
            jars = all.filter(file -> file.toString().endsWith(".jar")).toList();
        }
        for (Path jar : jars) {
            convert(jar, to.resolve(jar.getFileName()));
        }
    }

    /// @return whether there was an old class, so that there is a new jar
    static boolean convert(Path jar, Path to) throws IOException {
        try (ZipFile in = new ZipFile(jar.toFile())) {
            List<? extends ZipEntry> entries = Collections.list(in.entries());
            ClassFile classFile = ClassFile.of(ClassFile.StackMapsOption.GENERATE_STACK_MAPS,
                    ClassFile.ClassHierarchyResolverOption.of(hierarchy(in)));
            boolean old = false;
            for (ZipEntry entry : entries) {
                old |= entry.getName().endsWith(CLASS) && isOld(classFile.parse(bytes(in, entry)));
            }
            if (!old) {
                return false;
            }
            try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(to))) {
                for (ZipEntry entry : entries) {
                    out.putNextEntry(new ZipEntry(entry.getName()));
                    byte[] bytes = bytes(in, entry);
                    out.write(entry.getName().endsWith(CLASS) ? convert(classFile, bytes) : bytes);
                    out.closeEntry();
                }
            }
            return true;
        }
    }

    private static boolean isOld(ClassModel model) {
        return model.majorVersion() < ClassFile.JAVA_6_VERSION;
    }

    private static byte[] convert(ClassFile classFile, byte[] bytes) {
        ClassModel model = classFile.parse(bytes);
        // Code that is not visited would be copied unchanged.
        return isOld(model) ? classFile.transformClass(model,
                ClassTransform.transformingMethodBodies(CodeTransform.ACCEPT_ALL)
                .andThen(ClassTransform.endHandler(builder -> builder.withVersion(ClassFile.JAVA_8_VERSION, 0))))
                        : bytes;
    }

    private static ClassHierarchyResolver hierarchy(ZipFile jar) {
        return ClassHierarchyResolver.ofResourceParsing(type -> {
            String descriptor = type.descriptorString();
            ZipEntry entry = jar.getEntry(descriptor.substring(1, descriptor.length() - 1) + CLASS);
            try {
                return entry == null ? null : jar.getInputStream(entry);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }).orElse(ClassHierarchyResolver.defaultResolver());
    }

    private static byte[] bytes(ZipFile jar, ZipEntry entry) throws IOException {
        try (InputStream in = jar.getInputStream(entry)) {
            return in.readAllBytes();
        }
    }
}
