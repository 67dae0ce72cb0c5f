// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.script;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.graalvm.polyglot.Value;
import org.graalvm.polyglot.proxy.ProxyHashMap;
import org.penumbra.launcher.linux.LinuxBoot;

/// The guests that scripts know by name: the kernel `debian`, with an initial RAM disk of our own.
final class ScriptGuests implements AutoCloseable {

    private static final String PREFIX = "riscv.";

    private final PrintStream err;
    private final List<LinuxBoot> boots = new ArrayList<>();

    ScriptGuests(PrintStream err) {
        this.err = err;
    }

    /// @param arguments name of a kernel, memory in bytes, words for the kernel's command line
    /// @return options of the machine; null if the name is not one of these, and thus that of a file
    Object options(Value... arguments) {
        if (!arguments[0].asString().equals("debian")) {
            return null;
        }
        var boot = new LinuxBoot(err);
        boots.add(boot);
        Map<Object, Object> options = new HashMap<>();
        boot.withWords(arguments[2].asString()).prepare(arguments[1].asLong()).options()
                .forEach((name, value) -> options.put(name.substring(PREFIX.length()), value));
        return ProxyHashMap.from(options);
    }

    @Override
    public void close() {
        boots.forEach(LinuxBoot::close);
    }
}
