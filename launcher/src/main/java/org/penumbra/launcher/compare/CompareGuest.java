// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.compare;

import com.google.gson.JsonObject;
import java.util.List;
import java.util.Map;
import org.penumbra.launcher.guest.Program;
import org.penumbra.launcher.report.Run;
import org.penumbra.options.Setting;

/// A guest that comparisons run workloads of.
interface CompareGuest {

    /// The workloads of a default comparison, in report order.
    ///
    /// @param quick only those that take seconds
    List<CompareWorkload> all(boolean quick);

    /// A workload as named on the command line.
    ///
    /// @throws IllegalArgumentException with a one-line message, if there is no such workload or its parameters are
    ///                                  wrong
    CompareWorkload parse(String text, boolean quick);

    /// What a name on the command line stands for: a workload, or several.
    ///
    /// @throws IllegalArgumentException as [#parse]
    default List<CompareWorkload> named(String text, boolean quick) {
        return List.of(parse(text, quick));
    }

    /// Groups workloads into runs of the guest.
    List<List<CompareWorkload>> runs(List<CompareWorkload> chosen);

    /// Fetches everything that the runs need, before the first one.
    ///
    /// @throws org.penumbra.launcher.cli.Failure 66 if something cannot be fetched
    default void obtain(List<CompareWorkload> chosen) {
    }

    /// The program to load for a run.
    ///
    /// @param workloads one of the lists of [#runs]
    /// @param machine   the settings that differ from the defaults, which a guest may have to know
    Program program(List<CompareWorkload> workloads, Map<Setting<?>, String> machine);

    /// Bytes of the guest's memory that a run may come to use.
    long memory(List<CompareWorkload> workloads);

    /// The output and the counts of each workload of a run.
    ///
    /// @param printed    by the guest
    /// @param statistics of the machine
    /// @throws org.penumbra.launcher.cli.Failure if the guest did not complete all of them
    List<Run> results(CompareJob job, String printed, JsonObject statistics);
}
