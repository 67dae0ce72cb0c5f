// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.cli;

/// Something to be done when this process ends, on its own or by Ctrl-C or another signal, unless it is removed before.
public final class EndHook {

    private final Thread thread;
    private final boolean late;

    /// @param name of the thread that does it
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

    /// Whether the end had begun already, so that it will not be done.
    public boolean isLate() {
        return late;
    }

    /// What stayed would keep all that it refers to, for as long as the process lives.
    public void remove() {
        try {
            Runtime.getRuntime().removeShutdownHook(thread);
        } catch (IllegalStateException _) {
            // The end has begun.
        }
    }
}
