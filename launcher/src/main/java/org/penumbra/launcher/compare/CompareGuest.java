// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.compare;

import com.google.gson.JsonObject;
import java.util.List;
import java.util.Map;
import org.penumbra.launcher.guest.Program;
import org.penumbra.launcher.guest.Setting;
import org.penumbra.launcher.report.Run;

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

    /// Divides workloads into those that one run of the guest does.
    List<List<CompareWorkload>> runs(List<CompareWorkload> chosen);

    /// Gets what has to be fetched for runs, before any of them.
    ///
    /// @throws Failure 66 when it cannot be had
    default void obtain(List<CompareWorkload> chosen) {
    }

    /// What to load for a run.
    ///
    /// @param workloads one of the lists of [#runs]
    /// @param machine   the settings that differ from the defaults; a guest may have to be told
    Program program(List<CompareWorkload> workloads, Map<Setting, String> machine);

    /// What each workload of a run printed, and what was counted for it.
    ///
    /// @param printed    by the guest
    /// @param statistics of the machine
    /// @throws Failure when the guest did not do them all
    List<Run> results(CompareJob job, String printed, JsonObject statistics);
}
