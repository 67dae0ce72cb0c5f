// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.translator;

import org.penumbra.language.region.RegionPlan;

/// Registers in local variables through the whole region: read from the hart at the entry, written back where control
/// leaves. A good compiler keeps them in the host's registers; it takes long, because each meeting of paths has a value
/// of each.
final class RegistersInLocals extends GuestRegisters {
    private final RegionPlan plan;

    RegistersInLocals(Bytecode code, RegionPlan plan, int firstLocal) {
        super(code, plan, firstLocal);
        this.plan = plan;
    }

    @Override
    void enter() {
        for (int register : plan.live()) {
            code.getstatic(Descriptors.OWN_REGISTERS).loadConstant(register).laload()
                    .lstore(local(register));
        }
    }

    @Override
    void beginBlock() {
    }

    @Override
    void prepare(int register) {
    }

    @Override
    void endBlock() {
    }

    @Override
    long unsaved() {
        return 0;
    }

    @Override
    void save(long registers) {
    }

    @Override
    void pass(int register) {
        if (register != 0) {
            code.getstatic(Descriptors.OWN_REGISTERS).loadConstant(register).lload(local(register)).lastore();
        }
    }

    @Override
    void take(int register) {
        code.getstatic(Descriptors.OWN_REGISTERS).loadConstant(register).laload().lstore(local(register));
    }

    @Override
    void leave() {
        for (int register : plan.written()) {
            code.getstatic(Descriptors.OWN_REGISTERS).loadConstant(register).lload(local(register))
                    .lastore();
        }
    }
}
