// SPDX-License-Identifier: Apache-2.0
package org.penumbra.firmware;

import java.util.Arrays;
import org.penumbra.device.PowerControl;
import org.penumbra.hart.Hart;
import org.penumbra.hart.SupervisorCalls;
import org.penumbra.hart.csr.EnvironmentCsr;
import org.penumbra.isa.Extension;
import org.penumbra.memory.GuestMemory;
import org.penumbra.mmu.FenceScope;
import org.penumbra.mmu.TranslationMode;
import org.penumbra.monitor.Monitor;
import org.penumbra.snapshot.State;

/// The Supervisor Binary Interface (SBI 3.0) as a part of the monitor: no firmware occupies guest memory, and no guest
/// instruction runs in machine mode. What it offers is listed in [SbiExtension].
public final class Firmware implements SupervisorCalls {
    /// Version 3.0: major number in bits 30:24.
    private static final long VERSION = 3L << 24;
    /// "PENU"; the specification's list of implementations has no entry for this one.
    private static final long IMPLEMENTATION = 0x5045_4e55;
    private static final long IMPLEMENTATION_VERSION = 1;

    private static final int A0 = 10;
    private static final int A7 = 17;
    private static final int ECALL_LENGTH = 4;
    private static final int SUPERVISOR_SOFTWARE = 1 << 1;

    private final Monitor[] monitors;
    private final HartStates states;
    private final FirmwareFeatures features;
    private final PerformanceCounters[] counters;
    private final DebugConsole console;
    private final GuestMemory memory;
    private final PowerControl power;
    private long calls;

    /// @param monitors of all harts, by hart id
    public Firmware(Monitor[] monitors, GuestMemory memory, PowerControl power, FirmwareConsole console) {
        this.monitors = monitors.clone();
        this.states = new HartStates(this, monitors);
        this.features = new FirmwareFeatures(monitors.length);
        this.counters = new PerformanceCounters[monitors.length];
        Arrays.setAll(counters, id -> new PerformanceCounters(monitors[id], memory));
        this.console = new DebugConsole(monitors, memory, console);
        this.memory = memory;
        this.power = power;
    }

    /// Calls answered since the machine was built.
    public long calls() {
        return calls;
    }

    /// Called after a reset of all harts: the first enters the kernel, the others wait to be started.
    ///
    /// @param entry first instruction
    /// @param tree  address of the device tree
    public void boot(long entry, long tree) {
        for (Monitor monitor : monitors) {
            monitor.hart().stopped = true;
        }
        Hart first = monitors[0].hart();
        first.stopped = false;
        enter(first, entry, tree);
    }

    /// Puts a hart that was just reset into the state in which a firmware starts a kernel: supervisor mode, translation
    /// off, all exceptions and interrupts of lower modes delegated, counters, timer and cache-block instructions
    /// enabled, all memory accessible.
    ///
    /// A and D bits are handled as after reset, until the guest changes that through FWFT.
    ///
    /// @param entry    first instruction
    /// @param argument in a1: the address of the device tree, or the value passed by the starting hart
    void enter(Hart hart, long entry, long argument) {
        set(hart, "pmpaddr0", -1L >>> 10);
        set(hart, "pmpcfg0", 0x1f); // NAPOT, all memory, R W X
        set(hart, "medeleg", -1L & ~(1L << 9));
        set(hart, "mideleg", -1L);
        set(hart, "mcounteren", -1L);
        set(hart, "scounteren", 7); // as OpenSBI does: Linux programs read the time, and the kernel does not enable it
        set(hart, "stimecmp", -1L);
        if (!hart.has(Extension.SSTC)) {
            hart.keepTimer();
        }
        if (hart.has(Extension.SMSTATEEN)) {
            for (int i = 0; i < 4; i++) {
                set(hart, "mstateen" + i, -1L); // what there is
            }
        }
        // As OpenSBI does where page faults are possible, too: FWFT's PTE_AD_HW_UPDATING begins at 0 (SBI 3.0).
        long updates = hart.config().svade() ? 0 : EnvironmentCsr.ADUE;
        set(hart, "menvcfg", EnvironmentCsr.STCE | EnvironmentCsr.PBMTE | updates | EnvironmentCsr.CBZE
                | EnvironmentCsr.CBCFE | EnvironmentCsr.CBIE_FLUSH);
        features.reset(hart);
        counters[hart.id()].reset();
        hart.privilege = Hart.SUPERVISOR;
        goTo(hart, entry, argument);
    }

    /// Sends a hart in supervisor mode to an address, with translation and interrupts off.
    ///
    /// @param argument in a1; a0 has the hart's id
    void goTo(Hart hart, long entry, long argument) {
        set(hart, "satp", 0);
        set(hart, "sstatus", 0);
        hart.registers[A0] = hart.id();
        hart.registers[A0 + 1] = argument;
        hart.pc = entry;
        hart.contextChanged();
    }

    /// Whether a hart can be started at an address.
    boolean isMemory(long gpa) {
        return (gpa & 1) == 0 && memory.contains(gpa, 2);
    }

    private static void set(Hart hart, String csr, long value) {
        hart.csrs.write(hart.csrs.number(csr), value);
    }

    @Override
    public void call(Hart hart) {
        calls++;
        hart.pc += ECALL_LENGTH;
        long number = hart.registers[A7];
        SbiExtension extension = SbiExtension.of(number);
        if (SbiExtension.isLegacy(number)) {
            hart.registers[A0] = extension == null ? SbiError.NOT_SUPPORTED : legacy(hart, extension);
            return;
        }
        var call = new SbiCall(hart);
        if (extension == null) {
            call.unsupported();
        } else {
            answer(extension, call);
        }
        call.answer();
    }

    private void answer(SbiExtension extension, SbiCall call) {
        switch (extension) {
            case BASE -> base(call);
            case HSM -> states.call(call);
            case SUSP -> states.suspendSystem(call);
            case PMU -> counters[call.hart().id()].call(call);
            case DBCN -> console.call(call);
            case FWFT -> features.call(call);
            case RFENCE -> fence(call);
            case TIME, IPI, SRST -> onlyFunction(extension, call);
            case LEGACY_SET_TIMER, LEGACY_PUTCHAR, LEGACY_GETCHAR, LEGACY_CLEAR_IPI, LEGACY_SHUTDOWN ->
                throw new AssertionError(extension + " is legacy");
        }
    }

    /// Calls of the extensions with one function.
    private void onlyFunction(SbiExtension extension, SbiCall call) {
        if (call.function() != 0) {
            call.unsupported();
        } else if (extension == SbiExtension.TIME) {
            setTimer(call.hart(), call.argument(0));
        } else if (extension == SbiExtension.IPI) {
            call.end(toEach(call, call.argument(0), call.argument(1), Monitor::interrupt,
                    FirmwareEvent.IPI_SENT, FirmwareEvent.IPI_RECEIVED));
        } else {
            call.end(reset((int) call.argument(0), (int) call.argument(1)));
        }
    }

    private long legacy(Hart hart, SbiExtension extension) {
        long argument = hart.registers[A0];
        switch (extension) {
            case LEGACY_SET_TIMER -> setTimer(hart, argument);
            case LEGACY_PUTCHAR -> console.put(argument);
            case LEGACY_GETCHAR -> {
                return console.take();
            }
            case LEGACY_CLEAR_IPI ->
                hart.interrupts.writePending(hart.interrupts.pendingForUpdate() & ~SUPERVISOR_SOFTWARE);
            case LEGACY_SHUTDOWN -> power.powerOff(0);
            default -> throw new AssertionError(extension + " is not legacy");
        }
        return SbiError.SUCCESS;
    }

    private static void base(SbiCall call) {
        Hart hart = call.hart();
        switch (call.function()) {
            case 0 -> call.succeed(VERSION);
            case 1 -> call.succeed(IMPLEMENTATION);
            case 2 -> call.succeed(IMPLEMENTATION_VERSION);
            case 3 -> call.succeed(SbiExtension.of(call.argument(0)) != null ? 1 : 0);
            case 4 -> call.succeed(hart.csrs.read(hart.csrs.number("mvendorid")));
            case 5 -> call.succeed(hart.csrs.read(hart.csrs.number("marchid")));
            case 6 -> call.succeed(hart.csrs.read(hart.csrs.number("mimpid")));
            default -> call.unsupported();
        }
    }

    private void setTimer(Hart hart, long time) {
        counters[hart.id()].count(FirmwareEvent.SET_TIMER);
        // The interrupt comes after the time, not together with it: a loop that reads the time and then checks for the
        // interrupt must not find the interrupt pending with an earlier time.
        boolean toCome = Long.compareUnsigned(time, hart.events().time()) > 0 && time != -1;
        set(hart, "stimecmp", toCome ? time + 1 : time);
    }

    /// The action of a call on each hart that it names.
    private interface Action {
        void on(Monitor target);

        /// It is about to be performed, after this has been called for all.
        default void announce(Monitor target) {
        }
    }

    /// A fence that covers what [Monitor#remoteFenced] says.
    private record Fence(long start, long bytes, int asid, boolean hasAsid) implements Action {
        @Override
        public void on(Monitor target) {
            target.remoteFenced(start, bytes, asid, hasAsid);
        }

        @Override
        public void announce(Monitor target) {
            target.halt(true);
        }
    }

    /// A fence that covers what [Monitor#remoteGuestFenced] says.
    private record GuestFence(long start, long bytes, int asid, boolean hasAsid, int vmid) implements Action {
        @Override
        public void on(Monitor target) {
            target.remoteGuestFenced(start, bytes, asid, hasAsid, vmid);
        }

        @Override
        public void announce(Monitor target) {
            target.halt(true);
        }
    }

    /// A fence that covers what [Monitor#remoteSecondStageFenced] says.
    private record SecondStageFence(long start, long bytes, int vmid) implements Action {
        @Override
        public void on(Monitor target) {
            target.remoteSecondStageFenced(start, bytes, vmid);
        }

        @Override
        public void announce(Monitor target) {
            target.halt(true);
        }
    }

    /// Performs an action on every hart of a mask whose bit 0 is hart `base`; a `base` of -1 means all harts.
    ///
    /// @param sent     counted by the caller for each other hart
    /// @param received counted by each of those
    private long toEach(SbiCall call, long mask, long base, Action action, FirmwareEvent sent, FirmwareEvent received) {
        long named = base == -1 ? (1L << monitors.length) - 1 : mask;
        long first = base == -1 ? 0 : base;
        if (named != 0 && (first < 0 || first > monitors.length - (Long.SIZE - Long.numberOfLeadingZeros(named)))) {
            return SbiError.INVALID_PARAM;
        }
        int caller = call.hart().id();
        for (long left = named; left != 0; left &= left - 1) {
            action.announce(monitors[(int) (first + Long.numberOfTrailingZeros(left))]);
        }
        for (long left = named; left != 0; left &= left - 1) {
            int target = (int) (first + Long.numberOfTrailingZeros(left));
            action.on(monitors[target]);
            if (target != caller) {
                counters[caller].count(sent);
                counters[target].count(received);
            }
        }
        return SbiError.SUCCESS;
    }

    /// Fences are done on the target harts before the call returns.
    private void fence(SbiCall call) {
        long mask = call.argument(0);
        long base = call.argument(1);
        long start = call.argument(2);
        long bytes = call.argument(3);
        int asid = (int) call.argument(4);
        call.end(switch (call.function()) {
            // Stores to decoded code drop it at once on every hart.
            case 0 -> toEach(call, mask, base, target -> { },
                    FirmwareEvent.FENCE_I_SENT, FirmwareEvent.FENCE_I_RECEIVED);
            case 1 -> toEach(call, mask, base, new Fence(start, bytes, 0, false),
                    FirmwareEvent.SFENCE_VMA_SENT, FirmwareEvent.SFENCE_VMA_RECEIVED);
            case 2 -> toEach(call, mask, base, new Fence(start, bytes, asid, true),
                    FirmwareEvent.SFENCE_VMA_ASID_SENT, FirmwareEvent.SFENCE_VMA_ASID_RECEIVED);
            default -> call.hart().hypervisor == null ? SbiError.NOT_SUPPORTED : guestFence(call);
        });
    }

    /// The fences for translations of guests of a hypervisor.
    private long guestFence(SbiCall call) {
        long mask = call.argument(0);
        long base = call.argument(1);
        long start = call.argument(2);
        long bytes = call.argument(3);
        int last = (int) call.argument(4);
        int vmid = call.hart().hypervisor.vmid();
        return switch (call.function()) {
            case 3 -> toEach(call, mask, base,
                    new SecondStageFence(start, bytes, last & TranslationMode.VMID_MASK),
                    FirmwareEvent.HFENCE_GVMA_VMID_SENT, FirmwareEvent.HFENCE_GVMA_VMID_RECEIVED);
            case 4 -> toEach(call, mask, base,
                    new SecondStageFence(start, bytes, FenceScope.ALL),
                    FirmwareEvent.HFENCE_GVMA_SENT, FirmwareEvent.HFENCE_GVMA_RECEIVED);
            case 5 -> toEach(call, mask, base, new GuestFence(start, bytes, last, true, vmid),
                    FirmwareEvent.HFENCE_VVMA_ASID_SENT, FirmwareEvent.HFENCE_VVMA_ASID_RECEIVED);
            case 6 -> toEach(call, mask, base, new GuestFence(start, bytes, 0, false, vmid),
                    FirmwareEvent.HFENCE_VVMA_SENT, FirmwareEvent.HFENCE_VVMA_RECEIVED);
            default -> SbiError.NOT_SUPPORTED;
        };
    }

    private long reset(int type, int reason) {
        if (reason != 0 && reason != 1) {
            return SbiError.INVALID_PARAM;
        }
        switch (type) {
            case 0 -> power.powerOff(reason);
            case 1, 2 -> power.reset();
            default -> {
                return SbiError.INVALID_PARAM;
            }
        }
        return SbiError.SUCCESS;
    }

    /// Saves or restores its state.
    public void transfer(State state) {
        calls = state.number(calls);
        states.transfer(state);
        features.transfer(state);
        for (PerformanceCounters each : counters) {
            each.transfer(state);
        }
    }
}
