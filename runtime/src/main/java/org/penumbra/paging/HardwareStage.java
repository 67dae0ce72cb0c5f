// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging;

import org.penumbra.mmu.AccessType;
import org.penumbra.mmu.PageTableEntry;
import org.penumbra.mmu.PageTableWalker;
import org.penumbra.mmu.TranslationContext;

/// The second stage of a hypervisor's guests as hardware walks it on one hart: the hypervisor's own tables, or what a
/// monitor below it has in their place.
///
/// The fields of an object hold the result of the last walk.
abstract class HardwareStage {
    /// An outcome besides those of [PageTableWalker#walk]: the monitor has been called and the hardware walks again,
    /// from the first stage on.
    static final int AGAIN = 4;

    /// A leaf that permits everything, in place of a stage that is off.
    static final long EVERYTHING = PageTableEntry.VALID | PageTableEntry.READ | PageTableEntry.WRITE
            | PageTableEntry.EXECUTE | PageTableEntry.USER | PageTableEntry.ACCESSED | PageTableEntry.DIRTY;

    /// Where it leads: an address that the hypervisor takes for physical.
    long physical;
    /// Its host address, or 0 if it is not RAM.
    long host;
    /// With the permissions that the hardware checks.
    long leaf;
    /// Level of the hypervisor's leaf.
    int leafLevel;

    /// Translates a guest-physical address.
    ///
    /// @param root hgatp
    /// @return an outcome of [PageTableWalker#walk], or [#AGAIN]
    abstract int walk(TranslationContext context, long root, long gpa, AccessType access);

    /// References that the hardware has made to tables of this stage until now.
    abstract long references();
}
