// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging;

import org.penumbra.exits.ExitCause;
import org.penumbra.exits.FastPathEntry;
import org.penumbra.hart.Hart;
import org.penumbra.memory.GuestMemory;
import org.penumbra.mmu.AccessType;
import org.penumbra.mmu.PageTableEntry;
import org.penumbra.mmu.PageTableWalker;
import org.penumbra.mmu.Translation;
import org.penumbra.mmu.TranslationContext;
import org.penumbra.mmu.TranslationMode;
import org.penumbra.options.Synchronisation;
import org.penumbra.paging.shadow.ShadowRoots;

/// A shadow of a guest hypervisor's second stage, composed with where the host has the guest's pages. Hardware walks it
/// in place of the hypervisor's tables, and the first stage of the hypervisor's guests as it is.
///
/// A root of a second stage has four pages. Here it is four roots of one page each, in each of which addresses have two
/// bits less, so that tables of all stages have one form.
final class ShadowStage extends HardwareStage {
    private final Hart hart;
    private final GuestMemory memory;
    private final ShadowHart shadow;
    private final NestedPaging.Keeper keeper;
    private final Translation bare = new Translation();

    ShadowStage(Hart hart, GuestMemory memory, ShadowHart shadow, NestedPaging.Keeper keeper) {
        this.hart = hart;
        this.memory = memory;
        this.shadow = shadow;
        this.keeper = keeper;
    }

    ShadowHart shadow() {
        return shadow;
    }

    /// The root among the four of a value of hgatp, in the form of such a value, that has an address.
    static long rootOf(long hgatp, long gpa) {
        return hgatp + (gpa >>> bits(hgatp));
    }

    /// The value of hgatp whose root, or quarter of a root, it is.
    static long hgatp(long root) {
        return root & -4;
    }

    /// What an address is below that root: canonical.
    static long below(long hgatp, long gpa) {
        int unused = Long.SIZE - bits(hgatp);
        return gpa << unused >> unused;
    }

    private static int bits(long hgatp) {
        return 12 + 9 * TranslationMode.levels(hgatp);
    }

    @Override
    int walk(TranslationContext context, long hgatp, long gpa, AccessType access) {
        if (TranslationMode.isBare(hgatp)) {
            return untranslated(gpa, access);
        }
        if (!TranslationMode.isGuestPhysical(gpa, TranslationMode.levels(hgatp))) {
            shadow.statistics.exit(ExitCause.GUEST_FAULT_REFLECT);
            return PageTableWalker.PAGE_FAULT;
        }
        long root = rootOf(hgatp, gpa);
        long address = below(hgatp, gpa);
        ShadowRoots.Root current = shadow.roots.current();
        if (current == null || current.satp != root) {
            keeper.select(shadow, root);
        }
        if (shadow.resynchronise(address)) {
            shadow.statistics.fastPath(FastPathEntry.RESYNC);
        }
        boolean found = shadow.lookup(address);
        if (found && PageTableEntry.allows(shadow.shadow.leaf(), access, Hart.USER, context)) {
            take(address);
            return PageTableWalker.OK;
        }
        PageTableWalker walker = shadow.walker;
        int outcome = walker.walk(context, root, address, access, Hart.USER);
        if (outcome != PageTableWalker.OK) {
            shadow.statistics.exit(ExitCause.GUEST_FAULT_REFLECT);
            return outcome;
        }
        if (!memory.contains(walker.gpa(), 1)) {
            // Not shadowed, so that every access reaches the monitor, which counts it as MMIO.
            physical = walker.gpa();
            host = 0;
            leaf = walker.leaf();
            leafLevel = walker.leafLevel();
            return PageTableWalker.OK;
        }
        boolean dirtied = found && access == AccessType.STORE && walker.updated();
        long written = walker.gpa();
        shadow.install(address);
        if (access == AccessType.STORE && keeper.isProtected(written)) {
            // The monitor emulates the store. It counts an explicit one itself.
            if (context == hart.hypervisor.secondStageOfTables) {
                keeper.tableWritten(hart, written);
            }
            shadow.lookup(address);
            take(address);
            return PageTableWalker.OK;
        }
        shadow.statistics.exit(dirtied ? ExitCause.AD_UPDATE : ExitCause.SHADOW_MISS_FILL);
        return AGAIN;
    }

    private int untranslated(long gpa, AccessType access) {
        keeper.translateBare(hart, gpa, access, bare);
        physical = gpa;
        host = bare.hostAddress;
        leaf = bare.storable ? EVERYTHING : EVERYTHING & ~PageTableEntry.WRITE;
        leafLevel = 0;
        return PageTableWalker.OK;
    }

    /// Takes what the last lookup found.
    private void take(long address) {
        physical = shadow.leafGuestAddress(address);
        host = shadow.leafHostAddress(address);
        leaf = shadow.shadow.leaf();
        leafLevel = shadow.shadow.guestLevel();
    }

    @Override
    long references() {
        return shadow.statistics.walk.host;
    }

    /// A fence of the second stage as [FenceFollower] sees it.
    static FenceFollower follower(Synchronisation policy, FenceFollower.Rereading rereading) {
        return new FenceFollower(policy, rereading) {
            @Override
            boolean leadsTo(ShadowRoots.Root root, long gpa) {
                long hgatp = hgatp(root.satp);
                return TranslationMode.isGuestPhysical(gpa, TranslationMode.levels(hgatp))
                        && rootOf(hgatp, gpa) == root.satp;
            }

            @Override
            long address(ShadowRoots.Root root, long gpa) {
                return below(root.satp, gpa);
            }
        };
    }
}
