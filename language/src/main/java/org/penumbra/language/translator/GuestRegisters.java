// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.translator;

import org.penumbra.hart.Hart;
import org.penumbra.language.region.RegionPlan;

/// Where translated code keeps the guest's registers while it runs. Each has a local variable; the forms differ in when
/// that variable holds the value and when the hart does.
abstract class GuestRegisters {
    final Bytecode code;
    /// Local variable of each register, by its number in the hart.
    private final int[] locals = new int[Hart.SINK + 1];
    private final int free;

    /// @param firstLocal first local variable it may use
    GuestRegisters(Bytecode code, RegionPlan plan, int firstLocal) {
        this.code = code;
        int next = firstLocal;
        for (int register : plan.live()) {
            locals[register] = next;
            next += 2;
        }
        this.free = next;
    }

    /// First local variable that it does not use.
    int free() {
        return free;
    }

    final int local(int register) {
        return locals[register];
    }

    /// Writes the region's entry.
    abstract void enter();

    /// Called at the start of each block.
    abstract void beginBlock();

    /// Writes what has to happen before a register is read on a path that may not be taken.
    abstract void prepare(int register);

    /// Pushes a prepared register's value.
    final void read(int register) {
        if (register == 0) {
            code.lconst_0();
        } else {
            code.lload(locals[register]);
        }
    }

    /// Pops a register's new value.
    void write(int register) {
        if (register == 0) {
            code.pop2();
        } else {
            code.lstore(locals[register]);
        }
    }

    /// Writes the end of a block, before its jumps.
    abstract void endBlock();

    /// The registers whose values are not in the hart at this place of a block, for [#save] on a path out of line.
    abstract long unsaved();

    /// Writes the named registers to the hart, as far as [#leave] does not do that.
    ///
    /// @param registers one bit each
    abstract void save(long registers);

    /// Writes a register to the hart for a call that reads it there. Nothing is [#unsaved] then.
    abstract void pass(int register);

    /// Reads a register that a call has written in the hart.
    abstract void take(int register);

    /// Writes the end that all exits share.
    abstract void leave();
}
