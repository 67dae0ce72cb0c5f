// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.cli;

/// Tells how far a list of measurements is, and how long the rest will take.
public final class Progress {

    private final int items;
    private final double expectedSeconds;
    private final long begun = System.nanoTime();
    private int started;

    /// @param expectedSeconds of an item, before one has been done
    public Progress(int items, double expectedSeconds) {
        this.items = items;
        this.expectedSeconds = expectedSeconds;
    }

    /// The line for the item that starts now.
    public String next(String item) {
        return line(item, started++, (System.nanoTime() - begun) / 1e9);
    }

    /// @param done    items before this one
    /// @param seconds that they took
    String line(String item, int done, double seconds) {
        long left = Math.round((items - done) * (done == 0 ? expectedSeconds : seconds / done));
        return (done + 1) + " of " + items + ": " + item + ", about "
                + (left < 90 ? left + " s" : Math.round(left / 60.0) + " min") + " left";
    }
}
