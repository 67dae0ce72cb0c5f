// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.cli;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/// Checks of what the command line asks for.
public final class Usage {
    private Usage() {
    }

    /// @param line what is wrong if the condition does not hold
    /// @throws ParameterException with that line, if it does not hold
    public static void check(CommandSpec spec, boolean holds, String line) {
        if (!holds) {
            throw new ParameterException(spec.commandLine(), line);
        }
    }
}
