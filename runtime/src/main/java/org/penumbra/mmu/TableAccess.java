// SPDX-License-Identifier: Apache-2.0
package org.penumbra.mmu;

import org.penumbra.hart.Hart;

/// Whether physical memory protection lets a hart's walker touch a page-table entry (which lies in RAM).
@FunctionalInterface
public interface TableAccess {
    TableAccess ALL = (hart, gpa, update) -> true;

    /// @param gpa    guest-physical address of the 8-byte entry
    /// @param update whether the walker wants to set A or D, else to read
    boolean allows(Hart hart, long gpa, boolean update);
}
