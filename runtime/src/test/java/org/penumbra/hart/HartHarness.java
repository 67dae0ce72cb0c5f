// SPDX-License-Identifier: Apache-2.0
package org.penumbra.hart;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.function.Executable;
import org.penumbra.mmu.AddressSpaces;
import org.penumbra.mmu.FenceScope;

/// A hart that executes CSR instructions one by one and notes the events it sends.
final class HartHarness implements HartEvents {
    /// Bits of an instruction whose highest bit is set, to see that tval is not sign-extended.
    static final int BITS = 0xc000_2073;

    static final long SIE = 1 << 1;
    static final long MIE = 1 << 3;
    static final long SPIE = 1 << 5;
    static final long MPIE = 1 << 7;
    static final long SPP = 1 << 8;
    static final int MPP_SHIFT = 11;
    static final long FS_DIRTY = 3 << 13;
    static final long MPRV = 1 << 17;
    static final long SUM = 1 << 18;
    static final long MXR = 1 << 19;
    static final long TVM = 1 << 20;
    static final long TW = 1 << 21;
    static final long TSR = 1 << 22;
    static final long MPV = 1L << 39;
    static final long STCE = 1L << 63;

    final Hart hart;
    final List<String> events = new ArrayList<>();
    long now;

    HartHarness() {
        this(HartConfig.standard());
    }

    HartHarness(HartConfig config) {
        hart = new Hart(3, config, new AddressSpaces(16, 1));
        hart.connect(this);
        hart.deadline = 1000;
        hart.remaining = 1000;
    }

    /// Executes `csrr`.
    long read(String name) {
        int number = hart.csrs.check(hart.csrs.number(name), false, BITS);
        long value = hart.csrs.read(number);
        hart.remaining--;
        return value;
    }

    /// Executes `csrw`.
    void write(String name, long value) {
        int number = hart.csrs.check(hart.csrs.number(name), true, BITS);
        hart.csrs.write(number, value);
        hart.remaining--;
    }

    /// Executes `csrrs`.
    long set(String name, long mask) {
        int number = hart.csrs.check(hart.csrs.number(name), true, BITS);
        long old = hart.csrs.read(number);
        hart.csrs.write(number, hart.csrs.readForUpdate(number) | mask);
        hart.remaining--;
        return old;
    }

    /// Executes `csrrc`.
    long clear(String name, long mask) {
        int number = hart.csrs.check(hart.csrs.number(name), true, BITS);
        long old = hart.csrs.read(number);
        hart.csrs.write(number, hart.csrs.readForUpdate(number) & ~mask);
        hart.remaining--;
        return old;
    }

    /// Goes to a privilege by `mret`, interrupts staying as they are; forgets the events of this.
    void enter(int privilege) {
        hart.privilege = Hart.MACHINE;
        hart.contextChanged();
        long status = read("mstatus");
        long enabled = (status & MIE) != 0 ? MPIE : 0;
        write("mstatus", status & ~(MPV | MPIE | 3 << MPP_SHIFT) | enabled | (long) privilege << MPP_SHIFT);
        hart.machineReturn(BITS);
        assertEquals(privilege, hart.privilege);
        events.clear();
    }

    static void assertIllegal(Executable instruction) {
        var trap = assertThrows(GuestTrap.class, instruction);
        assertEquals(TrapCause.ILLEGAL_INSTRUCTION, trap.cause());
        assertEquals(0xc000_2073L, trap.tval());
    }

    /// The events since the last call.
    List<String> drain() {
        var drained = List.copyOf(events);
        events.clear();
        return drained;
    }

    @Override
    public void contextChanged() {
        events.add("context");
    }

    @Override
    public void rootWritten(long oldSatp, long newSatp) {
        events.add("root %x %x".formatted(oldSatp, newSatp));
    }

    @Override
    public void fenced(FenceScope scope) {
        events.add("fence" + (scope.hasGva() ? " gva %x".formatted(scope.gva()) : "")
                + (scope.hasAsid() ? " asid %x".formatted(scope.asid()) : ""));
    }

    @Override
    public void returned() {
    }

    @Override
    public void guestRootWritten() {
        events.add("guest root");
    }

    @Override
    public void secondRootWritten(long hgatp) {
        events.add("second root %x".formatted(hgatp));
    }

    @Override
    public void guestFenced(FenceScope scope, int vmid) {
        events.add("guest fence" + (scope.hasGva() ? " gva %x".formatted(scope.gva()) : "")
                + (scope.hasAsid() ? " asid %x".formatted(scope.asid()) : "") + " vmid %x".formatted(vmid));
    }

    @Override
    public void secondStageFenced(FenceScope scope) {
        events.add("second fence" + (scope.hasGva() ? " gpa %x".formatted(scope.gva()) : "")
                + (scope.hasAsid() ? " vmid %x".formatted(scope.asid()) : ""));
    }

    @Override
    public void guestExited(boolean interrupt, int cause) {
        events.add("exit " + (interrupt ? "interrupt " : "") + cause);
    }

    @Override
    public void protectionChanged() {
        events.add("protection");
    }

    @Override
    public void timerChanged() {
        events.add("timer");
    }

    @Override
    public long time() {
        return now;
    }
}
