// SPDX-License-Identifier: Apache-2.0
package org.penumbra.mmu;

/// Memory references made by table walks: to guest tables, and to tables of the monitor.
public final class WalkReferences {
    public long guest;
    public long host;
}
