// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.Supplier;
import org.penumbra.exits.ExitCause;
import org.penumbra.hart.Hart;
import org.penumbra.mmu.AccessType;
import org.penumbra.mmu.TestHart;
import org.penumbra.mmu.TranslationMode;

/// Two harts in supervisor mode under one root, page 0, whose tables are pages 1 and 2; they map [#GVA] to [#OLD].
final class TwoHarts {
    static final long GVA = 0x1234_5000L;
    static final long OLD = TestMachine.BASE + (4 << 20);
    static final long NEW = TestMachine.BASE + (6 << 20);
    static final int ASID = 5;
    static final int OTHER_ASID = 6;
    static final long READ = 2;
    static final long WRITE = 4;
    static final long EXECUTE = 8;
    static final long USER = 16;
    static final long GLOBAL = 32;
    static final long ACCESSED = 64;
    static final long DIRTY = 128;
    /// V, R, W, X, A and D.
    static final long FULL = 0xcf;
    static final long DEVICE = 0x1000_0000L;
    static final long LOAD_FAULT = ~AccessType.LOAD.pageFault();
    static final long STORE_FAULT = ~AccessType.STORE.pageFault();
    static final long FETCH_FAULT = ~AccessType.FETCH.pageFault();

    static long entry(int page, long gva) {
        return TestMachine.page(page) + TranslationMode.index(gva, 0) * 8L;
    }

    static long pointer(int page) {
        return TestMachine.page(page) >>> 2 | 1;
    }

    static long leaf(long target, long bits) {
        return target >>> 2 | bits;
    }

    final TestMachine machine;

    TwoHarts(String model) {
        this(model, ModelOptions.DEFAULTS);
    }

    TwoHarts(String model, ModelOptions options) {
        machine = new TestMachine((context, o) -> Models.create(model, context, o), model, options, 2, 16, 256, 4);
        tree(0, 1, 2);
        set(entry(2, GVA), leaf(OLD, FULL));
        for (int id = 0; id < 2; id++) {
            root(id, 0, ASID);
        }
    }

    /// Tables in three pages that lead to the lowest one for [#GVA].
    void tree(int top, int middle, int lowest) {
        set(TestMachine.page(top) + TranslationMode.index(GVA, 2) * 8L, pointer(middle));
        set(TestMachine.page(middle) + TranslationMode.index(GVA, 1) * 8L, pointer(lowest));
    }

    void set(long address, long entry) {
        machine.storeBare(0, address, 8, entry);
    }

    long word(long address) {
        return machine.memory().load(address, 8);
    }

    void root(int id, int page, int asid) {
        TestHart.satp(machine.hart(id), TranslationMode.satp(TranslationMode.SV39, asid, TestMachine.page(page)));
        machine.setPrivilege(id, Hart.SUPERVISOR);
    }

    long load(long gva) {
        return machine.access(0, AccessType.LOAD, gva, 0);
    }

    long store(long gva, long value) {
        return machine.access(0, AccessType.STORE, gva, value);
    }

    long fetch(long gva) {
        return machine.access(0, AccessType.FETCH, gva, 0);
    }

    void fenceAll() {
        machine.fence(0, 0, false, 0, false);
    }

    void fence(long gva) {
        machine.fence(0, gva, true, 0, false);
    }

    long reflected() {
        return machine.statistics().exits(ExitCause.GUEST_FAULT_REFLECT);
    }

    /// Several times, since what is allowed may alternate.
    static void assertEither(long one, long other, Supplier<Long> seen) {
        for (int i = 0; i < 4; i++) {
            long now = seen.get();
            assertTrue(now == one || now == other, Long.toHexString(now));
        }
    }
}
