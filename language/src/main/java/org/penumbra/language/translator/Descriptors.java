// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.translator;

import static java.lang.constant.ConstantDescs.CD_Class;
import static java.lang.constant.ConstantDescs.CD_Object;
import static java.lang.constant.ConstantDescs.CD_String;
import static java.lang.constant.ConstantDescs.CD_boolean;
import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;
import static java.lang.constant.ConstantDescs.CD_void;

import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandles;
import org.penumbra.hart.AtomicUnit;
import org.penumbra.hart.Hart;
import org.penumbra.isa.AtomicOp;
import org.penumbra.isa.FloatOp;
import org.penumbra.isa.JumpOp;
import org.penumbra.isa.fp.FloatStatus;
import org.penumbra.memory.HostMemory;

/// Names of the classes and types of the methods that translated code refers to.
final class Descriptors {
    static final ClassDesc HART = of(Hart.class);
    static final ClassDesc STATUS = of(FloatStatus.class);
    static final ClassDesc SITES = of(AccessSites.class);
    static final ClassDesc CODE = of(TranslatedCode.class);
    static final ClassDesc MEMORY = of(HostMemory.class);
    static final ClassDesc LOOKUPS = of(MethodHandles.class);
    static final ClassDesc LOOKUP = of(MethodHandles.Lookup.class);
    static final ClassDesc ATOMIC = of(AtomicOp.class);
    static final ClassDesc ATOMIC_UNIT = of(AtomicUnit.class);
    static final ClassDesc JUMP = of(JumpOp.class);
    static final ClassDesc FLOAT = of(FloatOp.class);
    static final ClassDesc REGISTERS = CD_long.arrayType();

    static final MethodTypeDesc NOTHING = MethodTypeDesc.of(CD_void);
    static final MethodTypeDesc WITH_REGISTERS = MethodTypeDesc.of(CD_void, REGISTERS);
    static final MethodTypeDesc EXTEND = MethodTypeDesc.of(CD_long, CD_long);
    static final MethodTypeDesc APPLY = MethodTypeDesc.of(CD_long, CD_long, CD_long);
    static final MethodTypeDesc TARGET = MethodTypeDesc.of(CD_long, CD_long, CD_long, CD_long);
    static final MethodTypeDesc TEST = MethodTypeDesc.of(CD_boolean, CD_long, CD_long);
    static final MethodTypeDesc APPLY_FLOAT = MethodTypeDesc.of(CD_long, CD_long, CD_long, CD_long, CD_int, STATUS);
    static final MethodTypeDesc PERFORM = MethodTypeDesc.of(CD_long, HART, ATOMIC, CD_long, CD_long);
    static final MethodTypeDesc MISSED_LOAD = MethodTypeDesc.of(CD_int, CD_long, CD_int, CD_long);
    static final MethodTypeDesc MISSED_STORE = MethodTypeDesc.of(CD_int, CD_long, CD_long, CD_int, CD_long);
    static final MethodTypeDesc GET_LOOKUP = MethodTypeDesc.of(LOOKUP);
    static final MethodTypeDesc CLASS_DATA = MethodTypeDesc.of(CD_Object, LOOKUP, CD_String, CD_Class);

    private Descriptors() {
    }

    static ClassDesc of(Class<?> type) {
        return type.describeConstable().orElseThrow();
    }
}
