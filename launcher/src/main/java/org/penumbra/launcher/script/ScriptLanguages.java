// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.script;

import java.io.PrintStream;
import java.nio.file.Path;
import org.penumbra.launcher.cli.ExitStatus;
import org.penumbra.launcher.cli.Failure;

/// The script languages, which few runs need.
final class ScriptLanguages {

    /// A supported script language.
    enum Language {
        JAVASCRIPT("js", "JavaScript for scripts", "js-community", "60 MB"),
                PYTHON("python", "Python for scripts", "python-community", "180 MB");

        final String id;
        private final MavenJars jars;

        Language(String id, String title, String artefact, String size) {
            this.id = id;
            this.jars = new MavenJars(id, title, size, "org.graalvm.polyglot:" + artefact + ":pom");
        }
    }

    private ScriptLanguages() {
    }

    /// The language of a script, by its file extension.
    ///
    /// @throws Failure 64 for any other
    static Language of(Path script) {
        String name = script.getFileName().toString();
        if (name.endsWith(".js") || name.endsWith(".mjs")) {
            return Language.JAVASCRIPT;
        }
        if (name.endsWith(".py")) {
            return Language.PYTHON;
        }
        throw new Failure(ExitStatus.USAGE, script + ": a script's name ends with .js, .mjs or .py");
    }

    /// Makes a language available to contexts that this thread builds from now on.
    ///
    /// @throws Failure 66 if it cannot be fetched
    static void use(Language language, PrintStream err) {
        language.jars.use(err);
    }
}
