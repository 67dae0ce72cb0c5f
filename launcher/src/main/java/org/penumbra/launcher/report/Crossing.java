// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.report;

import java.util.Locale;

/// The range of hypervisor exit costs in which a model is cheaper than `hap`.
///
/// @param kind which side of the limit, if there is one
/// @param cost the cost in cycles at which both are equal, for `BELOW` and `ABOVE`
public record Crossing(Kind kind, double cost) {

    static final Crossing UNKNOWN = new Crossing(Kind.UNKNOWN, Double.NaN);

    /// The exit costs for which the model is cheaper.
    public enum Kind { ALWAYS, NEVER, BELOW, ABOVE, EQUAL, UNKNOWN }

    /// @param exits  how many more exits than `hap` the model has
    /// @param cycles how many more cycles for everything else
    static Crossing of(long exits, double cycles) {
        if (exits == 0) {
            return new Crossing(cycles == 0 ? Kind.EQUAL : cycles < 0 ? Kind.ALWAYS : Kind.NEVER, Double.NaN);
        }
        double cost = -cycles / exits;
        if (exits > 0) {
            return cost <= 0 ? new Crossing(Kind.NEVER, Double.NaN) : new Crossing(Kind.BELOW, cost);
        }
        return cost <= 0 ? new Crossing(Kind.ALWAYS, Double.NaN) : new Crossing(Kind.ABOVE, cost);
    }

    /// As in tables: `< 850` means cheaper than `hap` if an exit costs less than 850 cycles.
    @Override
    public String toString() {
        return switch (kind) {
            case ALWAYS -> "always";
            case NEVER -> "never";
            case BELOW -> "< " + cycles();
            case ABOVE -> "> " + cycles();
            case EQUAL -> "equal";
            case UNKNOWN -> "-";
        };
    }

    private String cycles() {
        return cost < 10 ? String.format(Locale.ROOT, "%.1f", cost)
                : cost < 1e6 ? String.format(Locale.ROOT, "%.0f", cost) : String.format(Locale.ROOT, "%.1e", cost);
    }
}
