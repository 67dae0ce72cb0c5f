// SPDX-License-Identifier: Apache-2.0
package org.penumbra.tests.cli;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The command line that starts `penumbra` in a Java machine like the tests' own.
final class Command {

    private Command() {
    }

    static List<String> run(Object... arguments) {
        return of("run", arguments);
    }

    static List<String> of(String verb, Object... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        for (String argument : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
            // Surefire's own properties are not for the child.
            if (!argument.startsWith("-Dsurefire")) {
                command.add(argument);
            }
        }
        command.add("-XX:+DisplayVMOutputToStderr");
        return of(command, verb, arguments);
    }

    /// The same in a Java machine without any options.
    static List<String> plain(String verb, Object... arguments) {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        return of(new ArrayList<>(List.of(java)), verb, arguments);
    }

    /// In a Java machine whose heap is that of the start script, so that its memory can be compared.
    static List<String> small(String verb, Object... arguments) {
        List<String> command = plain(verb, arguments);
        command.addAll(1, List.of("-XX:+UseSerialGC", "-Xms96m", "-XX:NewSize=48m"));
        return command;
    }

    private static List<String> of(List<String> command, String verb, Object... arguments) {
        command.add("-cp");
        command.add(System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
        command.add("org.penumbra.launcher.Main");
        command.add(verb);
        for (Object argument : arguments) {
            command.add(argument.toString());
        }
        return command;
    }
}
