// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.script;

import java.io.PrintStream;
import java.util.Collection;
import java.util.Set;

/// GraalVM's own tools, which look at guest code and scripts alike: `--option cpusampler=true`, `--option inspect=PORT`
/// for the developer tools of Chrome, `--option dap=PORT` for editors that speak the Debug Adapter Protocol.
public final class Instruments {
    /// What their options begin with.
    private static final Set<String> NAMES = Set.of("cpusampler", "cputracer", "memtracer", "inspect", "dap");
    private static final MavenJars JARS = new MavenJars("tools", "GraalVM's tools", "2 MB",
            "org.graalvm.tools:profiler-tool:jar", "org.graalvm.tools:chromeinspector-tool:jar",
            // Not published for 25.0.3.
            "org.graalvm.tools:dap-tool:jar:25.0.2");

    private Instruments() {
    }

    /// Makes the tools available to contexts that this thread builds from now on, if any of the options is theirs.
    ///
    /// @param options names of options of the polyglot engine
    /// @throws org.penumbra.launcher.cli.Failure 66 if they cannot be fetched
    public static void use(Collection<String> options, PrintStream err) {
        if (options.stream().anyMatch(option -> NAMES.contains(option.split("\\.")[0]))) {
            JARS.use(err);
        }
    }
}
