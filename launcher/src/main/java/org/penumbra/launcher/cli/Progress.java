// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.cli;

/// Shows the progress of a list of measurements, and an estimate of the remaining time.
public final class Progress {

    private final int items;
    private final double expectedSeconds;
    private final long begun = System.nanoTime();
    private int started;

    /// @param expectedSeconds estimated time of an item, before one is done
    public Progress(int items, double expectedSeconds) {
        this.items = items;
        this.expectedSeconds = expectedSeconds;
    }

    /// The line for the item that is starting.
    public String next(String item) {
        return line(item, started++, (System.nanoTime() - begun) / 1e9);
    }

    /// @param done    items before this one
    /// @param seconds they took
    String line(String item, int done, double seconds) {
        long left = Math.round((items - done) * (done == 0 ? expectedSeconds : seconds / done));
        return (done + 1) + " of " + items + ": " + item + ", about "
                + (left < 90 ? left + " s" : Math.round(left / 60.0) + " min") + " left";
    }
}
