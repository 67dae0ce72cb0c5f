// SPDX-License-Identifier: Apache-2.0
package org.penumbra.monitor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.penumbra.code.CodePage;
import org.penumbra.device.Bus;
import org.penumbra.hart.AtomicUnit;
import org.penumbra.hart.Hart;
import org.penumbra.hart.HartConfig;
import org.penumbra.isa.AtomicOp;
import org.penumbra.isa.InstructionSet;
import org.penumbra.memory.GuestMemory;
import org.penumbra.memory.HostMemory;
import org.penumbra.mmu.AddressSpaces;
import org.penumbra.mmu.PagingContext;
import org.penumbra.mmu.ShadowTlb;
import org.penumbra.paging.ModelOptions;
import org.penumbra.paging.Models;
import org.penumbra.paging.PagingModel;

/// Monitors of several harts under real threads, with delays where a thread may be held up. What a hart keeps of a
/// translation or of code is used late, as compiled code does. Each check is also made on a machine in which something
/// is left out, which it has to notice.
@Timeout(120)
class ParallelMonitorsTest {
    private static final long BASE = 0x8000_0000L;
    private static final long SIZE = 1 << 20;
    private static final int TLB = 64;
    private static final long GVA = 0x4000_0000L;
    private static final long ROOT = BASE + 0x1000;
    private static final long LEAVES = BASE + 0x3000;
    private static final long FRAME = BASE + 0x10000;
    private static final int V = 1;
    private static final int ALL = 0xcf; // D, A, X, W, R, V
    private static final int ROUNDS = 300;
    private static final int ADDITIONS = 40_000;

    /// What is left out.
    private enum Fault {
        NONE,
        /// A fence, and who makes a page one of code, do not wait for harts that are inside.
        NO_WAIT,
        /// A walk and the filling of the TLB with what it found can have a fence between them.
        FILLS_LATE,
        /// A hart does not know of the code that others hold.
        CODE_APART
    }

    private final List<Runnable> closed = new ArrayList<>();

    @AfterEach
    void close() {
        closed.reversed().forEach(Runnable::run);
    }

    private static void delay() {
        switch (ThreadLocalRandom.current().nextInt(8)) {
            case 0 -> LockSupport.parkNanos(20_000);
            case 1, 2 -> Thread.yield();
            default -> {
                for (int i = ThreadLocalRandom.current().nextInt(200); i > 0; i--) {
                    Thread.onSpinWait();
                }
            }
        }
    }

    /// Harts in supervisor mode with a page at [#GVA], the frame of which changes.
    private final class Rig {
        private final GuestMemory memory = new GuestMemory(BASE, SIZE,
                Models.frames("native", SIZE, ModelOptions.DEFAULTS));
        private final Hart[] harts;
        private final Monitor[] monitors;
        private final MachineLock lock;
        private volatile boolean ended;
        private final AtomicReference<Throwable> failure = new AtomicReference<>();

        Rig(int count, Fault fault) {
            harts = new Hart[count];
            for (int i = 0; i < count; i++) {
                harts[i] = new Hart(i, new HartConfig(39, 16, true, true, false), new AddressSpaces(TLB, 2));
                harts[i].setSmp();
                harts[i].setParallel();
            }
            lock = fault != Fault.NO_WAIT ? new MachineLock(harts) : new MachineLock(harts) {
                @Override
                public void reach(Hart hart) {
                    call(hart);
                }
            };
            PagingModel model = late(Models.create("native", new PagingContext(memory), ModelOptions.DEFAULTS), fault);
            monitors = new Monitor[count];
            var holders = new CodeHolders(lock, memory);
            for (int i = 0; i < count; i++) {
                harts[i].csrs.write(0x3b0, -1);
                harts[i].csrs.write(0x3a0, 0x1f);
                var own = fault == Fault.CODE_APART ? new CodeHolders(lock, memory) : holders;
                var pages = new CodePages(memory, InstructionSet.ALL, own);
                closed.add(pages::close);
                monitors[i] = new Monitor(harts[i], memory, pages, new Bus(), model, new NoPlatform(), null, lock);
                harts[i].csrs.write(0x180, 8L << 60 | ROOT >>> 12);
                harts[i].privilege = Hart.SUPERVISOR;
                harts[i].contextChanged();
                closed.add(harts[i].spaces()::close);
            }
            closed.addFirst(memory::close);
            put(ROOT + 8, pointer(BASE + 0x2000));
            put(BASE + 0x2000, pointer(LEAVES));
            map(0, 0);
        }

        /// A model that is held up before and after its walks.
        private PagingModel late(PagingModel model, Fault fault) {
            return (PagingModel) Proxy.newProxyInstance(PagingModel.class.getClassLoader(),
                    new Class<?>[] {PagingModel.class}, (_, method, arguments) -> {
                        boolean walks = method.getName().equals("translate");
                        try {
                            if (walks) {
                                delay();
                            }
                            Object result = method.invoke(model, arguments);
                            if (walks && fault == Fault.FILLS_LATE) {
                                lock.leave();
                                delay();
                                lock.enter((Hart) arguments[0]);
                            } else if (walks) {
                                delay();
                            }
                            return result;
                        } catch (InvocationTargetException e) {
                            throw e.getCause();
                        }
                    });
        }

        private static long pointer(long table) {
            return table >>> 12 << 10 | V;
        }

        private void put(long gpa, long value) {
            HostMemory.putLong(memory.hostAddress(gpa), value);
        }

        /// Maps the page to one of two frames.
        void map(int page, int frame) {
            put(LEAVES + 8L * page, frame(frame) >>> 12 << 10 | ALL);
        }

        static long frame(int frame) {
            return FRAME + 4096L * (frame & 1);
        }

        long host(int frame) {
            return memory.hostAddress(frame(frame));
        }

        /// The address at which a load or store of a hart goes, found now and used later; 0 if the monitor has to.
        long hit(int id, int tag) {
            long entry = ShadowTlb.entry(harts[id].dataTlb, GVA, TLB);
            return HostMemory.getLong(entry + tag) == GVA ? GVA + HostMemory.getLong(entry + ShadowTlb.ADDEND) : 0;
        }

        /// A hart's thread: inside, but when it is called.
        Thread thread(int id, Runnable step) {
            return Thread.ofPlatform().daemon()
                    .start(() -> HartLoop.run(lock, harts[id], () -> !ended, step, failure));
        }

        /// Hart 0 does something for which others have to be outside.
        void fenceOthers() {
            lock.enter(harts[0]);
            for (int id = 1; id < harts.length; id++) {
                monitors[id].halt(true);
            }
            for (int id = 1; id < harts.length; id++) {
                monitors[id].remoteFenced(GVA, 4096, 0, false);
            }
            lock.leave();
        }

        void end(List<Thread> threads) throws InterruptedException {
            ended = true;
            for (Thread thread : threads) {
                thread.join();
            }
            if (failure.get() != null) {
                throw new AssertionError(failure.get());
            }
        }
    }

    // ---- translations

    private volatile long fenced;

    /// The frame of a page changes to and fro; what it holds goes up. After the fence no hart may read the old frame,
    /// or write it.
    private void shootdown(Fault fault) throws InterruptedException {
        var rig = new Rig(4, fault);
        fenced = 0;
        var threads = new ArrayList<Thread>();
        for (int id = 1; id < 4; id++) {
            int own = id;
            threads.add(rig.thread(id, () -> {
                long before = fenced;
                boolean stores = own == 3;
                long host = rig.hit(own, stores ? ShadowTlb.STORE_TAG : ShadowTlb.LOAD_TAG);
                delay();
                if (stores && host != 0) {
                    HostMemory.putLong(host + 8, before);
                } else if (stores) {
                    rig.monitors[own].store(GVA + 8, 8, before);
                } else {
                    long value = host != 0 ? HostMemory.getLong(host) : rig.monitors[own].load(GVA, 8);
                    if (value < before) {
                        throw new AssertionError("read " + value + " after fence " + before);
                    }
                }
            }));
        }
        rig.lock.enter(rig.harts[0]);
        rig.lock.leave();
        for (int round = 1; round <= ROUNDS && rig.failure.get() == null; round++) {
            HostMemory.putLong(rig.host(round), round);
            rig.map(0, round);
            rig.fenceOthers();
            long old = rig.host(round - 1) + 8;
            long stored = HostMemory.getLong(old);
            fenced = round;
            delay();
            if (HostMemory.getLong(old) != stored) {
                rig.failure.compareAndSet(null, new AssertionError("stored after fence " + round));
            }
        }
        rig.end(threads);
    }

    @Test
    void noHartUsesATranslationAfterTheRemoteFenceHasReturned() throws InterruptedException {
        shootdown(Fault.NONE);
    }

    @Test
    void aFenceThatDoesNotWaitIsNoticed() {
        assertThrows(AssertionError.class, () -> shootdown(Fault.NO_WAIT));
    }

    @Test
    void aFillThatAFenceCanOvertakeIsNoticed() {
        assertThrows(AssertionError.class, () -> {
            for (int i = 0; i < 10; i++) {
                shootdown(Fault.FILLS_LATE);
            }
        });
    }

    // ---- code

    private volatile long written;

    /// A hart stores to a page from which others decode. Once they know of a store, no older code is there.
    private void newCode(Fault fault) throws InterruptedException {
        for (int turn = 0; turn < 5; turn++) {
            var rig = new Rig(3, fault);
            written = 0;
            var threads = new ArrayList<Thread>();
            for (int id = 1; id < 3; id++) {
                int own = id;
                threads.add(rig.thread(id, () -> {
                    long before = written;
                    CodePage page = rig.monitors[own].fetch(GVA);
                    if (page.word(0) == 0) {
                        rig.monitors[own].decoded(page);
                        long word = HostMemory.getLong(page.hostAddress()) + 1;
                        delay();
                        page.setWord(0, word);
                    }
                    if (page.word(0) - 1 < before) {
                        throw new AssertionError("code " + (page.word(0) - 1) + " after store " + before);
                    }
                    delay();
                }));
            }
            threads.add(rig.thread(0, () -> {
                long next = written + 1;
                long host = rig.hit(0, ShadowTlb.STORE_TAG);
                delay();
                if (host != 0) {
                    HostMemory.putLong(host, next);
                } else {
                    rig.monitors[0].store(GVA, 8, next);
                }
                written = next;
            }));
            for (int i = 0; i < 200 && rig.failure.get() == null; i++) {
                LockSupport.parkNanos(100_000);
            }
            rig.end(threads);
        }
    }

    @Test
    void noHartKeepsCodeThatAnotherHasOverwritten() throws InterruptedException {
        newCode(Fault.NONE);
    }

    @Test
    void makingAPageOneOfCodeWithoutWaitingForWritersIsNoticed() {
        assertThrows(AssertionError.class, () -> newCode(Fault.NO_WAIT));
    }

    @Test
    void codeOfOtherHartsThatIsNotDroppedIsNoticed() {
        assertThrows(AssertionError.class, () -> newCode(Fault.CODE_APART));
    }

    // ---- atomic operations

    /// A way to do an atomic operation, held up by the listener between its load and its store.
    private interface Adding {
        void add(Hart hart, AtomicOp op, long address, AtomicUnit.StoreListener late);
    }

    private static final class Late implements AtomicUnit.StoreListener {
        private int stores;

        @Override
        public void beforeAtomicStore(long gva, int size, long value) {
            if (stores++ % 50 == 0) {
                Thread.yield();
            }
        }

        @Override
        public void storedAtomically(long gva, int size) {
        }
    }

    private static long added(Adding way, AtomicOp op, int offset) throws InterruptedException {
        var memory = new GuestMemory(BASE, 4096, Models.frames("native", 4096, ModelOptions.DEFAULTS));
        long address = memory.hostAddress(BASE) + offset;
        var threads = new ArrayList<Thread>();
        for (int i = 0; i < 3; i++) {
            var hart = new Hart(i, HartConfig.standard(), new AddressSpaces(TLB, 1));
            threads.add(Thread.ofPlatform().start(() -> {
                var late = new Late();
                for (int k = 0; k < ADDITIONS; k++) {
                    way.add(hart, op, address, late);
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        long sum = HostMemory.load(address, op.size());
        memory.close();
        return sum;
    }

    @Test
    void additionsOfSeveralThreadsAreNotLost() throws InterruptedException {
        Adding shared = (hart, op, address, late) -> AtomicUnit.performShared(hart, op, 0, address, 1, 0, late);
        assertEquals(3 * ADDITIONS, added(shared, AtomicOp.AMOADD_D, 8));
        assertEquals(3 * ADDITIONS, added(shared, AtomicOp.AMOADD_W, 12));
        assertEquals(3 * ADDITIONS & 0xffff, added(shared, AtomicOp.AMOADD_H, 14));
        assertEquals(3 * ADDITIONS & 0xff, added(shared, AtomicOp.AMOADD_B, 13));
        Adding paired = (hart, _, address, late) -> {
            long old;
            do {
                old = AtomicUnit.performShared(hart, AtomicOp.LR_D, 0, address, 0, 0, late);
            } while (AtomicUnit.performShared(hart, AtomicOp.SC_D, 0, address, old + 1, 0, late) != 0);
        };
        assertEquals(3 * ADDITIONS, added(paired, AtomicOp.SC_D, 16));
    }

    @Test
    void thoseOfHartsThatTakeTurnsWouldBe() throws InterruptedException {
        Adding alone = (hart, op, address, late) -> AtomicUnit.perform(hart, op, 0, address, 1, 0, late);
        assertNotEquals(3 * ADDITIONS, added(alone, AtomicOp.AMOADD_D, 8));
    }

    private static long paired(Hart hart, AtomicOp op, long address, long value) {
        return AtomicUnit.performShared(hart, op, address, value, 0);
    }

    @Test
    void aStoreConditionalFailsIfTheWordHasAnotherValueAndOnlyThen() {
        var memory = new GuestMemory(BASE, 4096, Models.frames("native", 4096, ModelOptions.DEFAULTS));
        closed.add(memory::close);
        long address = memory.hostAddress(BASE);
        var hart = new Hart(0, HartConfig.standard(), new AddressSpaces(TLB, 1));
        var other = new Hart(1, HartConfig.standard(), new AddressSpaces(TLB, 1));
        closed.add(hart.spaces()::close);
        closed.add(other.spaces()::close);
        assertEquals(0, paired(hart, AtomicOp.LR_D, address, 0));
        HostMemory.putLong(address, 1);
        assertEquals(1, paired(hart, AtomicOp.SC_D, address, 2), "another value");
        HostMemory.putLong(address, 0);
        assertEquals(1, paired(hart, AtomicOp.SC_D, address, 2), "the reservation is gone");
        assertEquals(0, paired(hart, AtomicOp.LR_D, address, 0));
        assertEquals(0, paired(other, AtomicOp.AMOSWAP_D, address, 1));
        assertEquals(1, paired(other, AtomicOp.AMOSWAP_D, address, 0));
        assertEquals(0, paired(hart, AtomicOp.SC_D, address, 2), "ABA: see AtomicUnit");
        assertEquals(2, HostMemory.getLong(address));
    }

    /// All count in one word, from 0 to 6 and again from 0: what a sequence has read is often there again when it stores.
    @Test
    void constrainedSequencesCannotTellThatAWordWasChangedBack() throws InterruptedException {
        int values = 7;
        Adding counting = (hart, _, address, late) -> {
            long old;
            do {
                old = AtomicUnit.performShared(hart, AtomicOp.LR_D, 0, address, 0, 0, late);
            } while (AtomicUnit.performShared(hart, AtomicOp.SC_D, 0, address, (old + 1) % values, 0, late) != 0);
        };
        assertEquals(3 * ADDITIONS % values, added(counting, AtomicOp.SC_D, 16));
    }

    /// A walk that sets A and D never undoes what another hart has written to the entry meanwhile.
    @Test
    void aWalkDoesNotBringBackAnEntryThatHasBeenReplaced() throws InterruptedException {
        var rig = new Rig(2, Fault.NONE);
        Thread walking = rig.thread(1, () -> {
            rig.monitors[1].store(GVA, 8, 0);
            rig.harts[1].spaces().flushAll();
        });
        var random = new SplittableRandom(1);
        for (int round = 0; round < 3000 && rig.failure.get() == null; round++) {
            long entry = Rig.frame(random.nextInt(2)) >>> 12 << 10 | 0xf; // A and D clear
            rig.put(LEAVES, entry);
            for (int i = random.nextInt(300); i > 0; i--) {
                Thread.onSpinWait();
            }
            assertEquals(entry, HostMemory.getLong(rig.memory.hostAddress(LEAVES)) & ~0xc0L);
        }
        rig.end(List.of(walking));
    }
}
