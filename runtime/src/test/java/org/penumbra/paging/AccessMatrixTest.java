// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.penumbra.hart.Hart;
import org.penumbra.mmu.AccessType;
import org.penumbra.mmu.PageTableEntry;
import org.penumbra.mmu.TestHart;
import org.penumbra.mmu.TranslationMode;
import org.penumbra.options.Settings;
import org.penumbra.options.Synchronisation;

/// Every combination of entry bits, access, privilege, SUM, MXR and A/D scheme, at each level, after each way to make a
/// change certain: all models give the same address or exception and leave the same entry.
class AccessMatrixTest {
    private static final long ROOT = TestMachine.page(0);
    private static final long MIDDLE = TestMachine.page(1);
    private static final long LEAF = TestMachine.page(2);
    private static final long BEFORE = TestMachine.BASE + (4 << 20);
    private static final long AFTER = TestMachine.BASE + (6 << 20);
    private static final long GVA = 0x40_0000_0000L - (1L << 30) + (3L << 21) + (5L << 12) + 0x128;
    private static final long FULL = 0xcf;
    private static final int ASIDS = 1 << 16;

    /// How the guest makes a change of its tables certain.
    private enum Invalidation { ALL, ASID, ADDRESS, ADDRESS_AND_ASID, NEW_ASID, REMOTE }

    /// What the entry under test is: of which level, and what it would point at.
    private enum Place {
        LOWEST(0, AFTER), LARGE(1, AFTER), HUGE(2, TestMachine.BASE), POINTER(1, LEAF);

        private final int level;
        private final long target;

        Place(int level, long target) {
            this.level = level;
            this.target = target;
        }
    }

    @EveryModel
    void everyEntryMeansTheSameToEveryAccess(String model) {
        new Matrix(model, ModelOptions.DEFAULTS).run(false);
    }

    @ParameterizedTest
    @ValueSource(strings = {"tsp", "ssp"})
    void everyEntryMeansTheSameOverLargeHostPages(String model) {
        new Matrix(model, ModelOptions.DEFAULTS.withHostPages(Settings.LARGE_PAGES)).run(false);
    }

    @Tag("long")
    @EveryModel
    void everyEntryMeansTheSameAfterEveryInvalidation(String model) {
        for (Synchronisation policy : Synchronisation.values()) {
            new Matrix(model, ModelOptions.DEFAULTS.withSynchronisation(policy)).run(true);
        }
    }

    private static final class Matrix {
        private final TestMachine machine;
        private final Hart hart;
        private int asid;
        private int turn;

        Matrix(String model, ModelOptions options) {
            machine = new TestMachine(model, options);
            hart = machine.hart(0);
        }

        void run(boolean exhaustive) {
            for (Place place : Place.values()) {
                for (int bits = 0; bits < 256; bits++) {
                    if ((bits & 1) != 0 || exhaustive) {
                        inEveryMode(place, bits, exhaustive);
                    } else {
                        // No mode makes an invalid entry good.
                        mode(bits >> 1 & 15);
                        inEveryWay(place, bits, false);
                    }
                }
                // Reserved bits, memory types and Svnapot, which no mode makes good or bad.
                for (int bits = 0; bits < 32; bits++) {
                    for (long high : new long[] {1L << 54, 1L << 60, 1L << 61, 2L << 61, 3L << 61, 1L << 63, 1L << 63 | 8 << 10}) {
                        mode(false, true, Hart.USER, true);
                        inEveryWay(place, 0xc1 | bits << 1 | high, exhaustive);
                    }
                }
            }
        }

        private void inEveryMode(Place place, int bits, boolean exhaustive) {
            for (int mode = 0; mode < 16; mode++) {
                mode(mode);
                inEveryWay(place, bits, exhaustive);
            }
        }

        private void mode(int mode) {
            mode((mode & 1) != 0, (mode & 2) != 0, mode >> 2 & 1, (mode & 8) != 0);
        }

        private void mode(boolean sum, boolean mxr, int privilege, boolean hardwareAD) {
            TestHart.environment(hart, hardwareAD, true);
            TestHart.status(hart, sum, mxr);
            machine.setPrivilege(0, privilege);
        }

        private void inEveryWay(Place place, long bits, boolean exhaustive) {
            for (AccessType access : AccessType.values()) {
                if (exhaustive) {
                    for (Invalidation way : Invalidation.values()) {
                        check(place, bits, access, way, false);
                        if (access != AccessType.FETCH) {
                            check(place, bits, access, way, true);
                        }
                    }
                } else {
                    boolean atomic = access != AccessType.FETCH && turn % 5 < 2;
                    check(place, bits, access, Invalidation.values()[turn++ % Invalidation.values().length], atomic);
                }
            }
        }

        /// @param atomic whether it is a load by `lr`, or a load and store by an AMO
        private void check(Place place, long bits, AccessType access, Invalidation way, boolean atomic) {
            long entry = place.target >>> 12 << 10 | bits;
            prepare();
            // Lets TLB and shadow hold the mapping that is about to change.
            assertEquals(BEFORE + (GVA & 4095), machine.access(0, access, GVA, 0x5678), "mapping before");
            long address = switch (place.level) {
                case 0 -> LEAF;
                case 1 -> MIDDLE;
                default -> ROOT;
            } + TranslationMode.index(GVA, place.level) * 8L;
            machine.storeBare(0, address, 8, entry);
            // A fence of an address does not reach pointers, so a change of what was one needs more.
            invalidate(place != Place.LOWEST && (way == Invalidation.ADDRESS || way == Invalidation.ADDRESS_AND_ASID)
                    ? Invalidation.ALL : way);
            String what = place + " entry " + Long.toHexString(entry) + (atomic ? " atomic " : " ") + access + " " + way + " privilege "
                    + hart.privilege + " sum " + hart.sum() + " mxr " + hart.mxr() + " adue " + hart.updatesAccessedDirty();
            long expected = expected(place, entry, access);
            assertEquals(expected, accessed(access, atomic), what);
            // What is held now means the same.
            assertEquals(expected, accessed(access, atomic), what);
            long touched = expected < 0 || !hart.updatesAccessedDirty() || place == Place.POINTER ? 0
                    : access == AccessType.STORE ? 0xc0 : 0x40;
            assertEquals(entry | touched, machine.memory().load(address, 8), what);
        }

        private long accessed(AccessType access, boolean atomic) {
            return atomic ? machine.atomic(0, access, GVA) : machine.access(0, access, GVA, 0x1234);
        }

        /// Tables whose lowest entry allows everything, and a current ASID.
        private void prepare() {
            machine.storeBare(0, ROOT + TranslationMode.index(GVA, 2) * 8L, 8, MIDDLE >>> 2 | 1);
            machine.storeBare(0, MIDDLE + TranslationMode.index(GVA, 1) * 8L, 8, LEAF >>> 2 | 1);
            machine.storeBare(0, LEAF + TranslationMode.index(GVA, 0) * 8L, 8,
                    BEFORE >>> 2 | FULL | (hart.privilege == Hart.USER ? PageTableEntry.USER : 0));
            if (TranslationMode.isBare(hart.satp())) {
                newAsid();
            }
            machine.fence(0, 0, false, 0, false);
        }

        private void invalidate(Invalidation way) {
            switch (way) {
                case ALL -> machine.fence(0, 0, false, 0, false);
                case ASID -> machine.fence(0, 0, false, asid, true);
                case ADDRESS -> machine.fence(0, GVA, true, 0, false);
                case ADDRESS_AND_ASID -> machine.fence(0, GVA, true, asid, true);
                case NEW_ASID -> newAsid();
                case REMOTE -> machine.monitor(0).remoteFenced(0, -1, asid, true);
            }
        }

        private void newAsid() {
            if (++asid == ASIDS) {
                asid = 0;
                machine.fence(0, 0, false, 0, false);
            }
            TestHart.satp(hart, TranslationMode.satp(TranslationMode.SV39, asid, ROOT));
        }

        /// The specification's answer.
        private long expected(Place place, long entry, AccessType access) {
            boolean v = (entry & 1) != 0;
            boolean r = (entry & 2) != 0;
            boolean w = (entry & 4) != 0;
            boolean x = (entry & 8) != 0;
            boolean u = (entry & 16) != 0;
            long fault = ~access.pageFault();
            if (!v || w && !r || (entry >>> 54 & 0x7f) != 0) {
                return fault;
            }
            if (!r && !x) {
                boolean pointer = place.level > 0 && (entry & 0xd0) == 0 && entry >>> 61 == 0;
                if (!pointer || place != Place.POINTER) {
                    // Nothing useful lies where a leaf's target is taken for a table: all zero.
                    return fault;
                }
                // The lowest entry is as it was prepared.
                return BEFORE + (GVA & 4095);
            }
            boolean napot = entry < 0;
            long frame = entry >>> 10 << 12 & (1L << 56) - 1;
            long span = TranslationMode.span(place.level);
            if ((entry >>> 61 & 3) == 3 || napot && (place.level > 0 || (entry >>> 10 & 15) != 8) || frame % span != 0) {
                return fault;
            }
            boolean user = hart.privilege == Hart.USER;
            boolean privilegeAllows = user ? u : !u || access != AccessType.FETCH && hart.sum();
            boolean kindAllows = switch (access) {
                case LOAD -> r || x && hart.mxr();
                case STORE -> w;
                case FETCH -> x;
            };
            boolean touched = (entry & 64) != 0 && (access != AccessType.STORE || (entry & 128) != 0);
            if (!privilegeAllows || !kindAllows || !touched && !hart.updatesAccessedDirty()) {
                return fault;
            }
            long size = napot ? 1 << 16 : span;
            long gpa = frame / size * size + GVA % size;
            return machine.memory().contains(gpa, 8) ? gpa : ~access.accessFault();
        }
    }
}
