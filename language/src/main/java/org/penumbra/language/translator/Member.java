// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.translator;

import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;

/// A field or method that translated code refers to. Compared by identity.
final class Member {
    /// Internal name of its class; null for the class that refers to it.
    final String owner;
    final String name;
    final String descriptor;
    /// Slots of the operand stack that the arguments take, without the receiver.
    final int arguments;
    /// Slots that the field's value or the method's result takes.
    final int result;

    private Member(String owner, String name, String descriptor, int arguments, int result) {
        this.owner = owner;
        this.name = name;
        this.descriptor = descriptor;
        this.arguments = arguments;
        this.result = result;
    }

    static Member field(ClassDesc owner, String name, ClassDesc type) {
        return new Member(internalName(owner), name, type.descriptorString(), 0, slots(type));
    }

    /// A field of the class under construction.
    static Member own(String name, ClassDesc type) {
        return new Member(null, name, type.descriptorString(), 0, slots(type));
    }

    static Member method(ClassDesc owner, String name, MethodTypeDesc type) {
        int arguments = type.parameterList().stream().mapToInt(Member::slots).sum();
        return new Member(internalName(owner), name, type.descriptorString(), arguments, slots(type.returnType()));
    }

    boolean isMethod() {
        return descriptor.charAt(0) == '(';
    }

    static String internalName(ClassDesc type) {
        String descriptor = type.descriptorString();
        return type.isArray() ? descriptor : descriptor.substring(1, descriptor.length() - 1);
    }

    private static int slots(ClassDesc type) {
        if (type.equals(ConstantDescs.CD_void)) {
            return 0;
        }
        return type.equals(ConstantDescs.CD_long) || type.equals(ConstantDescs.CD_double) ? 2 : 1;
    }
}
