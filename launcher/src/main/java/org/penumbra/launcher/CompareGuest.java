// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher;

import java.util.List;

/// A guest that comparisons run workloads of.
interface CompareGuest {

    /// The workloads of a default comparison, in the order they are reported.
    ///
    /// @param quick those that are done in seconds
    List<CompareWorkload> all(boolean quick);

    /// A workload as named on the command line.
    ///
    /// @throws IllegalArgumentException one line, when there is no such workload or its parameters are wrong
    CompareWorkload parse(String text, boolean quick);
}
