// SPDX-License-Identifier: Apache-2.0
package org.penumbra.monitor;

/// What monitors without a machine work in: time stands still, and nobody follows what they tell.
public final class NoPlatform implements Monitor.Platform {
    @Override
    public long time() {
        return 0;
    }

    @Override
    public void timerChanged() {
    }

    @Override
    public void watchedStore(long gpa, int size) {
    }

    @Override
    public void marked(long immediate) {
    }
}
