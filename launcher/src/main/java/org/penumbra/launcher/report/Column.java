// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.report;

/// A run as it is counted: with fences trapped, or, for `tsp` only, a second time with fences free.
///
/// The machine has one bit for "trap fences and root writes" (mstatus.TVM), so a real `tsp` traps both; it does not
/// need to see fences, though, and trapping them flatters its rivals. Both readings are shown.
///
/// @param run        what was counted
/// @param fencesFree whether exits for fences are left out
public record Column(Run run, boolean fencesFree) {

    static final String TRADITIONAL = "tsp";

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

    /// Exits for one cause.
    long exits(String cause) {
        return fencesFree && cause.equals("fence_escalated") ? 0 : run.exitsByCause().get(cause);
    }
}
