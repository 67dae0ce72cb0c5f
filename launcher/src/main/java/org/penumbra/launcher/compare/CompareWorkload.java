// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.compare;

import java.util.Optional;

/// A guest's workload with its parameters, to be run under each model.
interface CompareWorkload {

    String name();

    /// Whether it has a parameter with this name, for sweeps.
    boolean has(String parameter);

    /// The same workload with another value for one of its parameters.
    ///
    /// @throws IllegalArgumentException with a one-line message, if the value is invalid
    CompareWorkload with(String parameter, String value);

    /// The expected output, if known for these parameters.
    Optional<String> expectedOutput();
}
