// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.report;

import java.util.Optional;
import org.penumbra.options.ModelName;

/// A reading of a run: with fences trapped, or, only for `tsp`, also with fences free.
///
/// The architecture has a single bit to trap fences and root writes (mstatus.TVM), so a real `tsp` traps both. It does
/// not need to see fences, however, and trapping them makes the other models look better. So both readings are shown.
///
/// @param run        the counts
/// @param fencesFree whether exits for fences are left out
public record Column(Run run, boolean fencesFree) {

    static final String TRADITIONAL = ModelName.TSP.toString();

    /// The heading, `tsp*` for `tsp` with fences free.
    public String heading() {
        return run.model() + (fencesFree ? "*" : "");
    }

    public long exits() {
        return fencesFree ? run.exitsWithoutFences() : run.exits();
    }

    public double cycles(double exitCost) {
        return run.cycles(exitCost, fencesFree);
    }

    /// What the timing model charged, if there was one.
    public Optional<Timing> timing() {
        return run.timing(fencesFree);
    }

    /// Exits for one cause.
    long exits(String cause) {
        return fencesFree && cause.equals("fence_escalated") ? 0 : run.exitsByCause().get(cause);
    }
}
