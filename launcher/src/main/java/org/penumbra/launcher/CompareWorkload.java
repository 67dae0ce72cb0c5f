// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher;

import java.util.Map;
import java.util.Optional;

/// Something that a guest does, with its parameters, to be run under each model.
interface CompareWorkload {

    String name();

    /// Whether it has a parameter of that name, for sweeps.
    boolean has(String parameter);

    /// The same with another value for a parameter that it has.
    ///
    /// @throws IllegalArgumentException one line, when it is no value for that
    CompareWorkload with(String parameter, String value);

    /// What it has to print, where that is known for these parameters.
    Optional<String> expectedOutput();

    /// What to load.
    ///
    /// @param machine the settings that differ from the defaults; a guest may have to be told
    byte[] image(Map<Setting, String> machine);

    /// Options of the language that it needs, settings aside, by their names in the polyglot API.
    Map<String, String> options();

    /// The part of what the guest printed that must be the same under every model.
    default String result(String printed) {
        return printed;
    }
}
