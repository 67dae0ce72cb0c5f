// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.translator;

import org.penumbra.language.region.RegionPlan;

/// Registers in local variables within a block: read from the hart where a block first uses them, written back at its
/// end. No value lives across blocks, so nothing has to be arranged where paths meet, and a simple compiler's time and
/// code are proportional to the instructions.
final class RegistersInMemory extends GuestRegisters {
    private final MemoryAccess memory;
    private final int registers;
    /// Registers whose local variables hold their values, and those whose values the hart does not have yet.
    private long known;
    private long unsaved;

    RegistersInMemory(Bytecode code, MemoryAccess memory, RegionPlan plan, int firstLocal) {
        super(code, plan, firstLocal + 1);
        this.memory = memory;
        this.registers = firstLocal;
    }

    @Override
    void enter() {
        // Not from the static constant, which C1 would load as a constant at each use.
        code.aload(0).getfield(Descriptors.CODE_REGISTERS).astore(registers);
    }

    @Override
    void beginBlock() {
        known = 0;
        unsaved = 0;
    }

    @Override
    void prepare(int register) {
        if (register != 0 && (known & 1L << register) == 0) {
            memory.element(registers, register);
            code.lstore(local(register));
            known |= 1L << register;
        }
    }

    @Override
    void write(int register) {
        super.write(register);
        known |= 1L << register;
        unsaved |= 1L << register & ~1L;
    }

    @Override
    void endBlock() {
        save(unsaved);
        unsaved = 0;
    }

    @Override
    long unsaved() {
        return unsaved;
    }

    @Override
    void save(long some) {
        for (long rest = some; rest != 0; rest &= rest - 1) {
            int register = Long.numberOfTrailingZeros(rest);
            memory.setElement(registers, register, () -> code.lload(local(register)));
        }
    }

    @Override
    void pass(int register) {
    }

    @Override
    void take(int register) {
        known &= ~(1L << register);
        prepare(register);
    }

    @Override
    void leave() {
    }
}
