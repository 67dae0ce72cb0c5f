// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.compare;

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
}
