// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.translator;

import static java.lang.constant.ConstantDescs.CD_Class;
import static java.lang.constant.ConstantDescs.CD_MethodHandles_Lookup;
import static java.lang.constant.ConstantDescs.CD_Object;
import static java.lang.constant.ConstantDescs.CD_String;
import static java.lang.constant.ConstantDescs.CD_boolean;
import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;
import static java.lang.constant.ConstantDescs.CD_void;
import static java.lang.constant.ConstantDescs.INIT_NAME;

import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandles;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.penumbra.hart.AtomicUnit;
import org.penumbra.hart.Hart;
import org.penumbra.isa.AtomicOp;
import org.penumbra.isa.FloatOp;
import org.penumbra.isa.JumpOp;
import org.penumbra.isa.fp.FloatStatus;
import org.penumbra.memory.HostMemory;

/// The classes, fields and methods that translated code refers to.
final class Descriptors {
    private static final ClassDesc HANDLES = of(MethodHandles.class);
    static final ClassDesc HART = of(Hart.class);
    static final ClassDesc STATUS = of(FloatStatus.class);
    static final ClassDesc SITES = of(AccessSites.class);
    static final ClassDesc CODE = of(TranslatedCode.class);
    static final ClassDesc MEMORY = of(HostMemory.class);
    static final ClassDesc ATOMIC = of(AtomicOp.class);
    static final ClassDesc JUMP = of(JumpOp.class);
    static final ClassDesc FLOAT = of(FloatOp.class);
    static final ClassDesc REGISTERS = CD_long.arrayType();

    /// Constants of each region's class.
    static final Member OWN_HART = Member.own("HART", HART);
    static final Member OWN_REGISTERS = Member.own("REGISTERS", REGISTERS);
    static final Member OWN_SITES = Member.own("SITES", SITES);
    static final Member OWN_STATUS = Member.own("STATUS", STATUS);

    static final Member PC = Member.field(HART, "pc", CD_long);
    static final Member REMAINING = Member.field(HART, "remaining", CD_long);
    static final Member DATA_TLB = Member.field(HART, "dataTlb", CD_long);
    static final Member ROUNDING_MODE = Member.field(STATUS, "roundingMode", CD_int);
    static final Member MISSES = Member.field(CODE, "misses", CD_int);
    static final Member CODE_REGISTERS = Member.field(CODE, "registers", REGISTERS);
    static final Member NEW_CODE = Member.method(CODE, INIT_NAME, MethodTypeDesc.of(CD_void, REGISTERS));

    static final Member SITES_HART = Member.field(SITES, "hart", HART);
    static final Member SITES_REGISTERS = Member.field(SITES, "registers", REGISTERS);
    static final Member SITES_STATUS = Member.field(SITES, "status", STATUS);
    static final Member RAW = Member.field(SITES, "raw", CD_long);
    static final Member MISSED_LOAD = Member.method(SITES, "load",
            MethodTypeDesc.of(CD_int, CD_long, CD_int, CD_long));
    static final Member MISSED_STORE = Member.method(SITES, "store",
            MethodTypeDesc.of(CD_int, CD_long, CD_long, CD_int, CD_long));
    static final Member STEP = Member.method(SITES, "step", MethodTypeDesc.of(CD_int, CD_int, CD_long));
    static final Member INTERPRET = Member.method(SITES, "interpret", MethodTypeDesc.of(CD_void, CD_int, CD_long));

    static final Member JALR = Member.field(JUMP, JumpOp.JALR.name(), JUMP);
    static final Member TARGET = Member.method(JUMP, "target", MethodTypeDesc.of(CD_long, CD_long, CD_long, CD_long));
    static final Member APPLY_FLOAT = Member.method(FLOAT, "apply",
            MethodTypeDesc.of(CD_long, CD_long, CD_long, CD_long, CD_int, STATUS));
    static final Member PERFORM = Member.method(of(AtomicUnit.class), "perform",
            MethodTypeDesc.of(CD_long, HART, ATOMIC, CD_long, CD_long, CD_long));
    static final Member PERFORM_SHARED = Member.method(of(AtomicUnit.class), "performShared",
            MethodTypeDesc.of(CD_long, HART, ATOMIC, CD_long, CD_long, CD_long));
    static final Member LOOKUP = Member.method(HANDLES, "lookup", MethodTypeDesc.of(CD_MethodHandles_Lookup));
    static final Member CLASS_DATA = Member.method(HANDLES, "classData",
            MethodTypeDesc.of(CD_Object, CD_MethodHandles_Lookup, CD_String, CD_Class));

    static final MethodTypeDesc EXTEND = MethodTypeDesc.of(CD_long, CD_long);
    static final MethodTypeDesc APPLY = MethodTypeDesc.of(CD_long, CD_long, CD_long);
    static final MethodTypeDesc TEST = MethodTypeDesc.of(CD_boolean, CD_long, CD_long);

    private static final Map<Enum<?>, Member> ROWS = new ConcurrentHashMap<>();

    private Descriptors() {
    }

    static ClassDesc of(Class<?> type) {
        return type.describeConstable().orElseThrow();
    }

    /// The field of an enum constant.
    static Member constant(Enum<?> row) {
        return ROWS.computeIfAbsent(row, _ -> {
            ClassDesc owner = of(row.getDeclaringClass());
            return Member.field(owner, row.name(), owner);
        });
    }
}
