// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging;

import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.penumbra.code.CodePage;
import org.penumbra.device.Bus;
import org.penumbra.exits.Cycles;
import org.penumbra.exits.ExitStatistics;
import org.penumbra.hart.Hart;
import org.penumbra.hart.HartConfig;
import org.penumbra.isa.Extension;
import org.penumbra.isa.InstructionSet;
import org.penumbra.memory.GuestMemory;
import org.penumbra.memory.HostFrames;
import org.penumbra.memory.HostMemory;
import org.penumbra.mmu.AccessType;
import org.penumbra.mmu.AddressSpaces;
import org.penumbra.mmu.PagingContext;
import org.penumbra.mmu.ShadowTlb;
import org.penumbra.mmu.TestHart;
import org.penumbra.monitor.CodeHolders;
import org.penumbra.monitor.CodePages;
import org.penumbra.monitor.MachineLock;
import org.penumbra.monitor.Monitor;
import org.penumbra.monitor.NoPlatform;
import org.penumbra.options.CpuName;
import org.penumbra.options.ModelName;
import org.penumbra.options.TimingParameters;
import org.penumbra.timing.TimingModel;

/// Harts, RAM, a paging model and the real monitor, without an engine: tests do the accesses as compiled code would,
/// first by the TLB, then by the monitor.
public final class TestMachine {
    public static final long BASE = 0x8000_0000L;
    static final long SIZE = 8 << 20;

    private static final int MCAUSE = 0x342;
    private static final int MTVAL = 0x343;

    private final int tlbEntries;
    private final HostFrames frames;
    private final GuestMemory memory;
    private final PagingModel model;
    private final Hart[] harts;
    private final Monitor[] monitors;
    private boolean guests;
    /// Or null.
    private final TimingModel timing;
    /// Of harts that run in parallel, or null.
    private final MachineLock lock;

    public TestMachine(String model, ModelOptions options) {
        this((context, o) -> Models.create(model, context, o), model, options, 1, 16, 256, 8);
    }

    public TestMachine(String model, ModelOptions options, int tlbEntries) {
        this((context, o) -> Models.create(model, context, o), model, options, 1, 16, tlbEntries, 8);
    }

    /// One hart followed by the timing model.
    public TestMachine(String model, ModelOptions options, TimingParameters timing) {
        this((context, o) -> Models.create(model, context, o), model, options, 1, 16, 256, 8, timing);
    }

    /// @param name of the model that host memory is laid out for
    TestMachine(Models.Factory factory, String name, ModelOptions options, int hartCount, int asidBits, int tlbEntries,
            int spaces) {
        this(factory, name, options, hartCount, asidBits, tlbEntries, spaces, null);
    }

    /// One hart that has the hypervisor extension.
    static TestMachine ofHypervisor(ModelName model, ModelOptions options) {
        return ofHypervisor((context, o) -> Models.create(model.toString(), context, o), model, options);
    }

    static TestMachine ofHypervisor(Models.Factory factory, ModelName model, ModelOptions options) {
        return new TestMachine(factory, model.toString(), options, 1,
                new HartConfig(57, 16, true, true, false).withCpu(CpuName.MAX), 256, 8, null, null,
                UnaryOperator.identity());
    }

    /// Harts that run in parallel.
    ///
    /// @param locks makes their lock
    /// @param seen  what the model gets instead of its context
    static TestMachine ofThreads(Models.Factory factory, String name, ModelOptions options, int hartCount,
            Function<Hart[], MachineLock> locks, UnaryOperator<PagingContext> seen) {
        return new TestMachine(factory, name, options, hartCount, new HartConfig(57, 16, true, true, false), 64, 4, null,
                locks, seen);
    }

    private TestMachine(Models.Factory factory, String name, ModelOptions options, int hartCount, int asidBits,
            int tlbEntries, int spaces, TimingParameters parameters) {
        this(factory, name, options, hartCount, new HartConfig(57, asidBits, true, true, false), tlbEntries, spaces,
                parameters, null, UnaryOperator.identity());
    }

    private TestMachine(Models.Factory factory, String name, ModelOptions options, int hartCount, HartConfig config,
            int tlbEntries, int spaces, TimingParameters parameters, Function<Hart[], MachineLock> locks,
            UnaryOperator<PagingContext> seen) {
        this.tlbEntries = tlbEntries;
        frames = Models.frames(name, SIZE, options);
        memory = new GuestMemory(BASE, SIZE, frames);
        harts = new Hart[hartCount];
        for (int i = 0; i < hartCount; i++) {
            harts[i] = new Hart(i, config,
                    new AddressSpaces(tlbEntries, spaces, config.extensions().contains(Extension.RV_H)));
        }
        timing = parameters == null ? null : new TimingModel(parameters, harts);
        PagingContext context = new PagingContext(memory);
        if (timing != null) {
            context = context.withSoftware(timing::software);
        }
        lock = locks == null ? null : locks.apply(harts);
        if (lock != null) {
            context = context.withStopOthers(lock::reachAll);
        }
        model = factory.create(seen.apply(context), options);
        monitors = new Monitor[hartCount];
        CodeHolders holders = lock == null ? null : new CodeHolders(lock, memory);
        CodePages codePages = lock == null ? new CodePages(memory, InstructionSet.ALL) : null;
        for (int i = 0; i < hartCount; i++) {
            Hart hart = harts[i];
            // One PMP entry allows everything.
            hart.csrs.write(0x3b0, -1);
            hart.csrs.write(0x3a0, 0x1f);
            TestHart.environment(hart, true, true);
            if (lock != null) {
                hart.setSmp();
                hart.setParallel();
                codePages = new CodePages(memory, InstructionSet.ALL, holders);
            }
            monitors[i] = new Monitor(hart, memory, codePages, new Bus(), model, new NoPlatform(),
                    timing == null ? null : timing.hart(i), lock);
        }
    }

    /// Harts that have the hypervisor extension, whose modes below machine mode are those of guests.
    static TestMachine ofGuests(Models.Factory factory, String name, ModelOptions options, int hartCount, int tlbEntries, int spaces) {
        var machine = new TestMachine(factory, name, options, hartCount,
                new HartConfig(57, 16, true, true, false).withCpu(CpuName.MAX), tlbEntries, spaces, null, null,
                UnaryOperator.identity());
        machine.guests = true;
        return machine;
    }

    /// The lock of harts that run in parallel.
    MachineLock lock() {
        return lock;
    }

    /// What the timing model has charged.
    public Cycles cycles() {
        return timing.cycles();
    }

    public GuestMemory memory() {
        return memory;
    }

    HostFrames frames() {
        return frames;
    }

    PagingModel model() {
        return model;
    }

    public ExitStatistics statistics() {
        return model.statistics(harts[0]);
    }

    int hartCount() {
        return harts.length;
    }

    public Hart hart(int id) {
        return harts[id];
    }

    public Monitor monitor(int id) {
        return monitors[id];
    }

    /// The data TLB in use.
    ShadowTlb tlb(int id) {
        Hart hart = harts[id];
        if (hart.dataVirtual()) {
            var hypervisor = hart.hypervisor;
            return hart.spaces().guestData(hart.dataPrivilege(), hypervisor.guestStatus.sum(), hypervisor.readable());
        }
        return hart.spaces().data(hart.privilege, hart.sum(), hart.mxr());
    }

    public static long page(int index) {
        return BASE + index * 4096L;
    }

    public void setPrivilege(int id, int privilege) {
        setMode(harts[id], privilege);
        harts[id].contextChanged();
    }

    private void setMode(Hart hart, int privilege) {
        hart.privilege = privilege;
        boolean guest = guests && privilege != Hart.MACHINE;
        if (guest != hart.virtual) {
            hart.hypervisor.change(guest);
            hart.virtual = guest;
        }
    }

    /// `sfence.vma` in VS mode, or `hfence.vvma` in machine mode.
    void guestFence(int id, boolean inGuest, long gva, boolean hasGva, long asid, boolean hasAsid) {
        Hart hart = harts[id];
        int privilege = hart.privilege;
        setMode(hart, inGuest ? Hart.SUPERVISOR : Hart.MACHINE);
        if (inGuest) {
            hart.supervisorFence(gva, hasGva, asid, hasAsid, 0);
        } else {
            hart.guestFence(gva, hasGva, asid, hasAsid, 0);
        }
        setMode(hart, privilege);
    }

    /// `hfence.gvma` in machine mode.
    void secondStageFence(int id, long gpa, boolean hasGpa, long vmid, boolean hasVmid) {
        Hart hart = harts[id];
        int privilege = hart.privilege;
        setMode(hart, Hart.MACHINE);
        hart.secondStageFence(gpa, hasGpa, vmid, hasVmid, 0);
        setMode(hart, privilege);
    }

    /// A store in machine mode.
    public void storeBare(int id, long gpa, int size, long value) {
        Hart hart = harts[id];
        int privilege = hart.privilege;
        setPrivilege(id, Hart.MACHINE);
        if (hits(id, gpa, size, ShadowTlb.STORE_TAG)) {
            HostMemory.store(hitAddress(id, gpa), size, value);
        } else {
            monitors[id].store(gpa, size, value);
        }
        if (hart.trapPending()) {
            throw new TranslationOracle.Violation("a store without translation trapped");
        }
        setPrivilege(id, privilege);
    }

    /// `sfence.vma`, as machine mode may execute it at any time.
    public void fence(int id, long gva, boolean hasGva, long asid, boolean hasAsid) {
        Hart hart = harts[id];
        int privilege = hart.privilege;
        hart.privilege = Hart.MACHINE;
        hart.supervisorFence(gva, hasGva, asid, hasAsid, 0);
        hart.privilege = privilege;
    }

    public boolean hits(int id, long gva, int size, int tag) {
        long entry = ShadowTlb.entry(harts[id].dataTlb, gva, tlbEntries);
        return HostMemory.getLong(entry + tag) == ShadowTlb.wanted(gva, size);
    }

    /// Tells the timing model of a hit, as the engine does.
    private void tell(int id, long gva, boolean store) {
        if (timing == null) {
            return;
        }
        if (store) {
            timing.hart(id).store(gva, hitAddress(id, gva));
        } else {
            timing.hart(id).load(gva, hitAddress(id, gva));
        }
    }

    long hitAddress(int id, long gva) {
        return gva + HostMemory.getLong(ShadowTlb.entry(harts[id].dataTlb, gva, tlbEntries) + ShadowTlb.ADDEND);
    }

    /// Does an aligned access of 8 bytes (a fetch of one instruction).
    /// @return the guest-physical address it went to, or the complement of the exception code
    public long access(int id, AccessType access, long gva, long value) {
        Hart hart = harts[id];
        if (access == AccessType.FETCH) {
            CodePage page = monitors[id].fetch(gva);
            return page == null ? ~trap(id, gva) : page.gpa() + (gva & GuestMemory.PAGE_OFFSET);
        }
        boolean store = access == AccessType.STORE;
        if (!hits(id, gva, 8, store ? ShadowTlb.STORE_TAG : ShadowTlb.LOAD_TAG)) {
            if (store) {
                monitors[id].store(gva, 8, value);
            } else {
                monitors[id].load(gva, 8);
            }
            if (hart.trapPending()) {
                return ~trap(id, gva);
            }
        } else {
            tell(id, gva, store);
            if (store) {
                HostMemory.putLong(hitAddress(id, gva), value);
            }
        }
        return tlb(id).guestPage(gva) & -4096 | gva & GuestMemory.PAGE_OFFSET;
    }

    /// Does `lr.d`, or for a store an AMO of eight bytes.
    /// @return the guest-physical address it went to, or the complement of the exception code
    long atomic(int id, AccessType access, long gva) {
        boolean store = access == AccessType.STORE;
        long host = monitors[id].atomic(gva, 8, store);
        if (harts[id].trapPending()) {
            return ~trap(id, gva);
        }
        if (store) {
            long value = HostMemory.getLong(host) + 1;
            monitors[id].beforeAtomicStore(gva, 8, value);
            HostMemory.putLong(host, value);
            monitors[id].storedAtomically(gva, 8);
        }
        return tlb(id).guestPage(gva) & -4096 | gva & GuestMemory.PAGE_OFFSET;
    }

    /// Takes the pending exception as the machine does, then goes back to where the hart was.
    /// @return its code
    int trap(int id, long gva) {
        Hart hart = harts[id];
        int privilege = hart.privilege;
        hart.takePendingTrap();
        long value = hart.csrs.read(MTVAL);
        setPrivilege(id, privilege);
        if (value != gva) {
            throw new TranslationOracle.Violation("a trap names another address");
        }
        return (int) hart.csrs.read(MCAUSE);
    }
}
