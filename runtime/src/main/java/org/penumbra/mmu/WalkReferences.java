// SPDX-License-Identifier: Apache-2.0
package org.penumbra.mmu;

/// Memory references of table walks: to tables of the guest, and to tables that only the monitor knows.
public final class WalkReferences {
    public long guest;
    public long host;
}
