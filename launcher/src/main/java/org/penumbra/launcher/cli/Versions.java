// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Properties;
import org.graalvm.polyglot.Engine;
import picocli.CommandLine.IVersionProvider;

/// Versions of Penumbra, the JVM and the compiler of guest code.
public final class Versions implements IVersionProvider {

    @Override
    public String[] getVersion() {
        return lines().toArray(String[]::new);
    }

    public static List<String> lines() {
        Properties built = built();
        return List.of(
                "Penumbra " + built.getProperty("penumbra"),
                "Java     " + System.getProperty("java.vm.version") + ", " + System.getProperty("java.vm.name") + ", "
                        + System.getProperty("java.vendor"),
                "Compiler " + compiler(built.getProperty("graal")));
    }

    /// Penumbra's own version.
    public static String own() {
        return built().getProperty("penumbra");
    }

    /// Version of the GraalVM components.
    public static String graal() {
        return built().getProperty("graal");
    }

    private static Properties built() {
        Properties properties = new Properties();
        try (InputStream in = Versions.class.getResourceAsStream("versions.properties")) {
            properties.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return properties;
    }

    private static String compiler(String ownGraal) {
        try (Engine engine = Engine.newBuilder().option("engine.WarnInterpreterOnly", "false").build()) {
            if (!isOptimizing(engine)) {
                return "the Java's own only";
            }
            // Outside a GraalVM the engine reports a development build: the compiler is then the bundled one.
            String version = Character.isDigit(engine.getVersion().charAt(0)) ? engine.getVersion() : ownGraal;
            return engine.getImplementationName().replace("GraalVM", "Graal") + " " + version;
        }
    }

    /// Whether there is a compiler by partial evaluation, not only the JVM's own ones.
    public static boolean isOptimizing(Engine engine) {
        return !engine.getImplementationName().contains("Interpreted");
    }
}
