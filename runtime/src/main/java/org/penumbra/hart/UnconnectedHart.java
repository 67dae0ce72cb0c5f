// SPDX-License-Identifier: Apache-2.0
package org.penumbra.hart;

import org.penumbra.mmu.FenceScope;

/// Ignores a hart's events until a machine is built around it.
enum UnconnectedHart implements HartEvents {
    INSTANCE;

    @Override
    public void contextChanged() {
    }

    @Override
    public void returned() {
    }

    @Override
    public void rootWritten(long oldSatp, long newSatp) {
    }

    @Override
    public void fenced(FenceScope scope) {
    }

    @Override
    public void guestRootWritten() {
    }

    @Override
    public void secondRootWritten(long hgatp) {
    }

    @Override
    public void guestFenced(FenceScope scope, int vmid) {
    }

    @Override
    public void secondStageFenced(FenceScope scope) {
    }

    @Override
    public void guestExited(boolean interrupt, int cause) {
    }

    @Override
    public void protectionChanged() {
    }

    @Override
    public void timerChanged() {
    }

    @Override
    public long time() {
        return 0;
    }
}
