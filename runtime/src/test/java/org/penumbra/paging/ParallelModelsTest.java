// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.penumbra.hart.AtomicUnit;
import org.penumbra.hart.Hart;
import org.penumbra.isa.AtomicOp;
import org.penumbra.memory.HostMemory;
import org.penumbra.mmu.AccessType;
import org.penumbra.mmu.FenceScope;
import org.penumbra.mmu.PagingContext;
import org.penumbra.mmu.ShadowTlb;
import org.penumbra.mmu.TableTrace;
import org.penumbra.mmu.TestHart;
import org.penumbra.mmu.TranslationMode;
import org.penumbra.monitor.HartLoop;
import org.penumbra.monitor.MachineLock;
import org.penumbra.options.Synchronisation;

/// Every model under harts that run on threads of their own, with delays wherever one may be held up: between the reads
/// of a walk, before stores to shadow tables, between finding an address and using it. An oracle knows at which times
/// each entry of the tables had which value, and holds each access to what the architecture allows. Versions in which
/// something is left out have to be noticed.
@Timeout(300)
class ParallelModelsTest {
    private static final int HARTS = 3;
    private static final int STEPS = 2_000;
    /// Runs of a broken version until it is noticed; one does mostly.
    private static final int ATTEMPTS = 200;
    private static final int LEAF_TABLES = 3;
    private static final int POINTERS = 2;
    private static final int LEAVES = 2;
    private static final int FRAMES = 8;
    private static final int ROOT = 0;
    private static final int MIDDLE = 1;
    private static final int FIRST_LEAF_TABLE = 2;
    /// Maps the pages of the tables themselves.
    private static final int WINDOW_TABLE = 8;
    private static final int FIRST_FRAME = 16;
    private static final long GVA = 0x4000_0000L;
    /// Where the window to the tables begins.
    private static final long WINDOW = GVA + (4L << 21);
    private static final int ASID = 3;
    private static final int V = 1;
    private static final int READ = 2;
    private static final int WRITE = 4;
    /// D, A, X, R, V.
    private static final int READABLE = 0xcb;
    private static final long TOUCHED = 0xc0;
    private static final long NEVER = Long.MAX_VALUE;

    /// @param rarely one of so many is long enough for others to come in between
    private static void delay(int rarely) {
        if (ThreadLocalRandom.current().nextInt(rarely) == 0) {
            LockSupport.parkNanos(1_000);
        } else {
            for (int i = ThreadLocalRandom.current().nextInt(60); i > 0; i--) {
                Thread.onSpinWait();
            }
        }
    }

    private static int late(int outcome) {
        delay(2);
        return outcome;
    }

    /// Holds up the monitor's software at each reference to a table.
    private static final class Delays implements TableTrace {
        private int reads;

        @Override
        public void guest(long gpa, int level) {
            if (reads++ % 8 == 0) {
                delay(12);
            }
        }

        @Override
        public void secondStage(long gpa, long offset, int level) {
            delay(100);
        }

        @Override
        public void shadow(long offset, int level) {
            delay(100);
        }
    }

    // ---- the oracle

    /// A value of an entry that may be seen from `since` until its successor has been stored.
    private static final class Value {
        private final long value;
        private final long since;
        private volatile long until = NEVER;

        Value(long value, long since) {
            this.value = value;
            this.since = since;
        }

        boolean isSeen(long from, long to) {
            return since <= to && until >= from;
        }
    }

    /// An entry of a table, which one hart stores to.
    private static final class Entry {
        private final long gpa;
        private final List<Value> history = new ArrayList<>();

        Entry(long gpa, long value) {
            this.gpa = gpa;
            history.add(new Value(value, 0));
        }

        /// The values that it had in a time, both ends included.
        synchronized List<Value> seen(long from, long to) {
            var all = new ArrayList<Value>();
            for (int i = history.size() - 1; i >= 0 && history.get(i).until >= from; i--) {
                if (history.get(i).isSeen(from, to)) {
                    all.add(history.get(i));
                }
            }
            return all;
        }

        synchronized Value last() {
            return history.getLast();
        }

        synchronized void begin(Value next) {
            history.add(next);
        }
    }

    /// Harts with one root, below which entries of two levels change.
    private static final class Guest {
        private final TestMachine machine;
        private final MachineLock lock;
        private final AtomicLong clock = new AtomicLong(1);
        private final AtomicReference<Throwable> failure = new AtomicReference<>();
        private final Entry[] pointers = new Entry[POINTERS];
        private final Entry[][] leaves = new Entry[LEAF_TABLES][LEAVES];
        /// By hart, when the last fence began that was over before; of all addresses, and of each page.
        private final AtomicLong[] wide = new AtomicLong[HARTS];
        private final AtomicLong[][] narrow = new AtomicLong[HARTS][POINTERS * LEAVES];
        private final AtomicLong translated = new AtomicLong();
        private final AtomicLong faults = new AtomicLong();
        private final boolean dividesAtomics;

        Guest(Models.Factory factory, String model, ModelOptions options, Function<Hart[], MachineLock> locks,
                boolean dividesAtomics) {
            this.dividesAtomics = dividesAtomics;
            machine = TestMachine.ofThreads(factory, model, options, HARTS, locks,
                    context -> context.withSoftware(_ -> new Delays()));
            lock = machine.lock();
            for (int id = 0; id < HARTS; id++) {
                wide[id] = new AtomicLong();
                for (int page = 0; page < POINTERS * LEAVES; page++) {
                    narrow[id][page] = new AtomicLong();
                }
            }
            machine.storeBare(0, TestMachine.page(ROOT) + TranslationMode.index(GVA, 2) * 8L, 8, pointer(MIDDLE));
            for (int i = 0; i < POINTERS; i++) {
                pointers[i] = entry(TestMachine.page(MIDDLE) + (TranslationMode.index(GVA, 1) + i) * 8L,
                        pointer(FIRST_LEAF_TABLE + i));
            }
            for (int table = 0; table < LEAF_TABLES; table++) {
                for (int i = 0; i < LEAVES; i++) {
                    leaves[table][i] = entry(TestMachine.page(FIRST_LEAF_TABLE + table) + i * 8L,
                            leaf(new SplittableRandom(table * LEAVES + i)));
                }
            }
            machine.storeBare(0, TestMachine.page(MIDDLE) + TranslationMode.index(WINDOW, 1) * 8L, 8,
                    pointer(WINDOW_TABLE));
            for (int page = 0; page < WINDOW_TABLE; page++) {
                machine.storeBare(0, TestMachine.page(WINDOW_TABLE) + page * 8L, 8,
                        TestMachine.page(page) >>> 2 | READABLE | WRITE);
            }
            for (int frame = 0; frame < FRAMES; frame++) {
                machine.storeBare(0, TestMachine.page(FIRST_FRAME + frame), 8, frame);
            }
            for (int id = 0; id < HARTS; id++) {
                TestHart.satp(machine.hart(id), TranslationMode.satp(TranslationMode.SV39, ASID, TestMachine.page(ROOT)));
                machine.setPrivilege(id, Hart.SUPERVISOR);
            }
        }

        private Entry entry(long gpa, long value) {
            machine.storeBare(0, gpa, 8, value);
            return new Entry(gpa, value);
        }

        static long pointer(int page) {
            return TestMachine.page(page) >>> 2 | V;
        }

        /// Runs all harts.
        void run(long seed) throws InterruptedException {
            var threads = new ArrayList<Thread>();
            var together = new CyclicBarrier(HARTS);
            for (int id = 0; id < HARTS; id++) {
                int own = id;
                threads.add(Thread.ofPlatform().daemon().start(() -> {
                    try {
                        together.await();
                    } catch (InterruptedException | BrokenBarrierException e) {
                        failure.compareAndSet(null, e);
                    }
                    run(own, new SplittableRandom(seed * HARTS + own));
                }));
            }
            for (Thread thread : threads) {
                thread.join();
            }
            if (failure.get() != null) {
                throw new AssertionError(failure.get());
            }
        }

        private void run(int id, SplittableRandom random) {
            var left = new AtomicInteger(STEPS);
            HartLoop.run(lock, machine.hart(id), () -> failure.get() == null && left.getAndDecrement() > 0,
                    () -> step(id, random), failure);
        }

        private void step(int id, SplittableRandom random) {
            int page = random.nextInt(POINTERS * LEAVES);
            switch (random.nextInt(32)) {
                case 0, 1 -> change(id, pointers[random.nextInt(POINTERS)], random.nextInt(8) == 0 ? 0
                        : pointer(FIRST_LEAF_TABLE + random.nextInt(LEAF_TABLES)), random);
                case 2, 3, 4, 5, 6 -> {
                    for (int i = 0; i < HARTS; i++) {
                        change(id, leaves[random.nextInt(LEAF_TABLES)][random.nextInt(LEAVES)],
                                random.nextInt(8) == 0 ? 0 : leaf(random), random);
                    }
                }
                case 7 -> {
                    long began = clock.incrementAndGet();
                    machine.fence(id, 0, false, ASID, random.nextBoolean());
                    wide[id].accumulateAndGet(began, Math::max);
                }
                case 8, 9, 10 -> {
                    long began = clock.incrementAndGet();
                    machine.fence(id, gva(page), true, ASID, random.nextBoolean());
                    narrow[id][page].accumulateAndGet(began, Math::max);
                }
                case 11 -> fenceOthers(id, random.nextInt(3) == 0 ? -1 : page);
                default -> access(id, page, random.nextInt(3) == 0 ? AccessType.STORE : AccessType.LOAD);
            }
        }

        private static long leaf(SplittableRandom random) {
            long bits = READABLE | (random.nextBoolean() ? WRITE : 0);
            return TestMachine.page(FIRST_FRAME + random.nextInt(FRAMES)) >>> 2
                    | (random.nextInt(3) == 0 ? bits & ~TOUCHED : bits);
        }

        static long gva(int page) {
            return GVA + ((long) (page / LEAVES) << 21) + (page % LEAVES) * 4096L;
        }

        /// Entries have one hart each that stores to them, so that the order of their values is known.
        private void change(int id, Entry entry, long value, SplittableRandom random) {
            if (entry.gpa / 8 % HARTS != id) {
                return;
            }
            Value before = entry.last();
            entry.begin(new Value(value, clock.incrementAndGet()));
            boolean bare = random.nextInt(3) == 0;
            long gva = bare ? entry.gpa : WINDOW + entry.gpa - TestMachine.page(0);
            if (bare) {
                machine.setPrivilege(id, Hart.MACHINE);
            }
            if (random.nextInt(3) == 0) {
                swap(id, gva, value);
            } else if (machine.hits(id, gva, 8, ShadowTlb.STORE_TAG)) {
                long host = machine.hitAddress(id, gva);
                delay(5);
                HostMemory.putLong(host, value);
            } else {
                machine.monitor(id).store(gva, 8, value);
            }
            check(!machine.hart(id).trapPending(), id, gva, "a store to a table trapped");
            machine.setPrivilege(id, Hart.SUPERVISOR);
            before.until = clock.incrementAndGet();
        }

        /// `amoswap.d`, as the interpreter does it.
        private void swap(int id, long gva, long value) {
            Hart hart = machine.hart(id);
            if (machine.hits(id, gva, 8, ShadowTlb.STORE_TAG)) {
                AtomicUnit.performShared(hart, AtomicOp.AMOSWAP_D, machine.hitAddress(id, gva), value, 0);
                return;
            }
            Runnable operation = () -> {
                long host = machine.monitor(id).atomic(gva, 8, true);
                delay(5);
                AtomicUnit.performShared(hart, AtomicOp.AMOSWAP_D, gva, host, value, 0, machine.monitor(id));
            };
            if (dividesAtomics) {
                operation.run();
            } else {
                machine.monitor(id).atomically(false, operation);
            }
        }

        /// As the firmware does it.
        private void fenceOthers(int id, int page) {
            long began = clock.incrementAndGet();
            lock.enter(machine.hart(id));
            for (int other = 0; other < HARTS; other++) {
                if (other != id) {
                    machine.monitor(other).halt(true);
                }
            }
            for (int other = 0; other < HARTS; other++) {
                if (other != id) {
                    machine.monitor(other).remoteFenced(page < 0 ? 0 : gva(page), page < 0 ? 0 : 4096, ASID, false);
                }
            }
            lock.leave();
            for (int other = 0; other < HARTS; other++) {
                if (other != id) {
                    (page < 0 ? wide[other] : narrow[other][page]).accumulateAndGet(began, Math::max);
                }
            }
        }

        private void access(int id, int page, AccessType access) {
            long wideFence = wide[id].get();
            long narrowFence = Math.max(wideFence, narrow[id][page].get());
            long began = clock.incrementAndGet();
            boolean store = access == AccessType.STORE;
            long gva = gva(page) + (store ? 8 + 8 * id : 0);
            long gpa;
            if (machine.hits(id, gva, 8, store ? ShadowTlb.STORE_TAG : ShadowTlb.LOAD_TAG)) {
                long host = machine.hitAddress(id, gva);
                gpa = machine.tlb(id).guestPage(gva) & -4096;
                delay(5);
                if (store) {
                    HostMemory.putLong(host, began);
                } else {
                    check(HostMemory.getLong(host) == frame(gpa), id, gva, "another frame of the host");
                }
            } else {
                long at = machine.access(id, access, gva, began);
                gpa = at < 0 ? -1 : at & -4096;
                machine.monitor(id).returned();
            }
            long ended = clock.incrementAndGet();
            if (gpa == -1) {
                faults.incrementAndGet();
                check(mayFault(page, began, ended, store), id, gva, "a fault that nothing gave");
            } else {
                translated.incrementAndGet();
                check(mayGo(page, wideFence, narrowFence, ended, gpa, store), id, gva, "went to frame " + frame(gpa)
                        + " after fences at " + wideFence + " and " + narrowFence);
            }
        }

        private static long frame(long gpa) {
            return (gpa - TestMachine.page(FIRST_FRAME)) / 4096;
        }

        private void check(boolean holds, int id, long gva, String otherwise) {
            if (!holds) {
                throw new TranslationOracle.Violation("hart " + id + " at " + Long.toHexString(gva) + ": " + otherwise);
            }
        }

        /// Whether an access that was over at a time may have gone to a page.
        private boolean mayGo(int page, long wideFence, long narrowFence, long ended, long gpa, boolean store) {
            for (Value above : pointers[page / LEAVES].seen(wideFence, ended)) {
                if (above.value == 0) {
                    continue;
                }
                for (Value leaf : leaves[table(above)][page % LEAVES].seen(narrowFence, ended)) {
                    if (leaf.value << 2 >>> 12 << 12 == gpa && permits(leaf.value, store)) {
                        return true;
                    }
                }
            }
            return false;
        }

        /// Whether the tables, as they were meanwhile, forbid an access.
        private boolean mayFault(int page, long began, long ended, boolean store) {
            for (Value above : pointers[page / LEAVES].seen(began, ended)) {
                if (above.value == 0) {
                    return true;
                }
                for (Value leaf : leaves[table(above)][page % LEAVES].seen(began, ended)) {
                    if (!permits(leaf.value, store)) {
                        return true;
                    }
                }
            }
            return false;
        }

        private static int table(Value pointer) {
            return (int) ((pointer.value << 2 >>> 12 << 12) - TestMachine.page(FIRST_LEAF_TABLE)) / 4096;
        }

        private static boolean permits(long leaf, boolean store) {
            return (leaf & (store ? WRITE : READ)) != 0;
        }
    }

    // ---- models as they are

    private static ModelOptions options(long seed) {
        return ModelOptions.DEFAULTS.withSynchronisation(Synchronisation.values()[(int) (seed % 4)])
                .withRootBuffer((int) seed % 3).withSeed(seed);
    }

    @EveryModel
    void hartsSeeOnlyWhatTheArchitectureAllows(String model) throws InterruptedException {
        for (int seed = 0; seed < 4; seed++) {
            var guest = new Guest((context, options) -> Models.create(model, context, options), model, options(seed),
                    MachineLock::new, false);
            guest.run(seed);
            assertTrue(guest.translated.get() > HARTS * STEPS / 4, "hardly anything translates: " + guest.translated);
            assertTrue(guest.faults.get() > HARTS * STEPS / 50, "hardly any faults: " + guest.faults);
        }
    }

    // ---- and with something left out

    /// A lock that does not wait for harts that are inside.
    private static final class Hasty extends MachineLock {
        Hasty(Hart[] harts) {
            super(harts);
        }

        @Override
        public void reach(Hart hart) {
            call(hart);
        }
    }

    private static PagingContext alone(PagingContext context) {
        return context.withStopOthers(() -> {
        });
    }

    /// A model that says that several harts may be served at the same time, and fails when they are.
    private static PagingModel apart(PagingModel model) {
        var served = new AtomicReference<Thread>();
        return (PagingModel) Proxy.newProxyInstance(PagingModel.class.getClassLoader(),
                new Class<?>[] {PagingModel.class}, (_, method, arguments) -> {
                    if (method.getName().equals("servesHartsApart")) {
                        return true;
                    }
                    if (!served.compareAndSet(null, Thread.currentThread())) {
                        throw new TranslationOracle.Violation("events of two harts at a time");
                    }
                    try {
                        return method.invoke(model, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    } finally {
                        served.set(null);
                    }
                });
    }

    enum Broken {
        FENCES_DO_NOT_WAIT_UNDER_NATIVE("native", Hasty::new),
        FENCES_DO_NOT_WAIT_UNDER_SSP("ssp", Hasty::new),
        FENCES_DO_NOT_WAIT_UNDER_LSP("lsp", Hasty::new),
        FENCES_DO_NOT_WAIT_UNDER_ASP("asp", Hasty::new),
        FENCES_DO_NOT_WAIT_UNDER_HAP("hap", Hasty::new),
        FENCES_DO_NOT_WAIT_UNDER_MSP("msp", Hasty::new),
        NOBODY_WAITS_UNDER_TSP("tsp", Hasty::new),
        STORES_GO_ON_WHILE_A_PAGE_BECOMES_PROTECTED("tsp", (context, options) ->
                new TraditionalShadowPaging(alone(context), options)),
        A_TABLE_IS_READ_BEFORE_OTHERS_STAND_STILL("tsp", (context, options) ->
                new TraditionalShadowPaging(context, options) {
                    @Override
                    void beforeTablesAreMade() {
                        // They go on until the page becomes protected.
                    }

                    @Override
                    int walk(ShadowHart state, long gva, AccessType access, int privilege) {
                        return late(super.walk(state, gva, access, privilege));
                    }
                }),
        A_TABLE_IS_READ_BEFORE_OTHERS_STAND_STILL_UNDER_PVM("pvm", (context, options) ->
                new ParavirtualShadowPaging(context, options) {
                    @Override
                    void beforeTablesAreMade() {
                        // As above.
                    }

                    @Override
                    int walk(ShadowHart state, long gva, AccessType access, int privilege) {
                        return late(super.walk(state, gva, access, privilege));
                    }
                }),
        STORES_GO_ON_WHILE_A_TABLE_IS_SYNCHRONISED("tsp-unsync", (context, options) -> {
            boolean[] obeying = new boolean[1];
            return new UnsyncShadowPaging(context.withStopOthers(() -> {
                if (!obeying[0]) {
                    context.stopOthers().run();
                }
            }), options) {
                @Override
                void obey(ShadowHart state, FenceScope scope) {
                    obeying[0] = true;
                    super.obey(state, scope);
                    obeying[0] = false;
                }
            };
        }),
        SEVERAL_HARTS_ARE_SERVED_AT_A_TIME("tsp", (context, options) ->
                apart(new TraditionalShadowPaging(alone(context), options))),
        AN_EVENT_DIVIDES_AN_ATOMIC_OPERATION("tsp", TraditionalShadowPaging::new, MachineLock::new, true);

        private final String model;
        private final Models.Factory factory;
        private final Function<Hart[], MachineLock> locks;
        private final boolean dividesAtomics;

        Broken(String model, Function<Hart[], MachineLock> locks) {
            this(model, (context, options) -> Models.create(model, context, options), locks, false);
        }

        Broken(String model, Models.Factory factory) {
            this(model, factory, MachineLock::new, false);
        }

        Broken(String model, Models.Factory factory, Function<Hart[], MachineLock> locks, boolean dividesAtomics) {
            this.model = model;
            this.factory = factory;
            this.locks = locks;
            this.dividesAtomics = dividesAtomics;
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatIsLeftOutIsNoticed(Broken broken) {
        assertThrows(AssertionError.class, () -> {
            for (int seed = 0; seed < ATTEMPTS; seed++) {
                new Guest(broken.factory, broken.model, options(seed), broken.locks, broken.dividesAtomics).run(seed);
            }
        });
    }
}
