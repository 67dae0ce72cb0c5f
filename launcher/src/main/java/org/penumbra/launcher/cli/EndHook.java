// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.cli;

/// An action to run when this process ends, by itself or by Ctrl-C or another signal, unless it is removed before.
public final class EndHook {

    private final Thread thread;
    private final boolean late;

    /// @param name of the thread that runs it
    public EndHook(String name, Runnable work) {
        thread = new Thread(work, name);
        boolean refused = false;
        try {
            Runtime.getRuntime().addShutdownHook(thread);
        } catch (IllegalStateException _) {
            refused = true;
        }
        late = refused;
    }

    /// Whether shutdown had already begun, so that the action will not run.
    public boolean isLate() {
        return late;
    }

    /// A registered hook would keep everything it refers to alive as long as the process.
    public void remove() {
        try {
            Runtime.getRuntime().removeShutdownHook(thread);
        } catch (IllegalStateException _) {
            // Shutdown has begun.
        }
    }
}
