// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.guest;

import java.util.Iterator;
import org.penumbra.options.ModelName;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/// For the options `--models`.
public final class ModelNames implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
        return ModelName.all().iterator();
    }

    /// @throws ParameterException if there is no such model
    public static void check(CommandSpec command, String name) {
        try {
            ModelName.of(name);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(command.commandLine(), "--models: " + e.getMessage());
        }
    }
}
