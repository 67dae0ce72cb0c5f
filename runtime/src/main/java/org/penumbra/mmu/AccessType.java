// SPDX-License-Identifier: Apache-2.0
package org.penumbra.mmu;

/// The kind of a memory access, implicit or explicit; atomics and cache-block zeroing count as stores.
public enum AccessType {
    FETCH(12, 20, 1), LOAD(13, 21, 5), STORE(15, 23, 7);

    private final int pageFault;
    private final int guestPageFault;
    private final int accessFault;

    AccessType(int pageFault, int guestPageFault, int accessFault) {
        this.pageFault = pageFault;
        this.guestPageFault = guestPageFault;
        this.accessFault = accessFault;
    }

    /// Exception code of a page fault of this access (privileged specification, table of mcause values).
    public int pageFault() {
        return pageFault;
    }

    /// Exception code of a page fault of this access in the second of two stages.
    public int guestPageFault() {
        return guestPageFault;
    }

    /// Exception code of an access fault of this access.
    public int accessFault() {
        return accessFault;
    }
}
