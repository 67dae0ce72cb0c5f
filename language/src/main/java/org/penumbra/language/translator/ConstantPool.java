// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.translator;

import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;

/// The constant pool of a class under construction (JVMS §4.4).
final class ConstantPool {
    private static final int UTF8 = 1;
    private static final int LONG = 5;
    private static final int CLASS = 7;
    private static final int STRING = 8;
    private static final int FIELD = 9;
    private static final int METHOD = 10;
    private static final int NAME_AND_TYPE = 12;

    private final String self;
    private final Bytes bytes = new Bytes();
    private final Map<String, Integer> texts = new HashMap<>();
    private final Map<String, Integer> classes = new HashMap<>();
    private final Map<Member, Integer> members = new IdentityHashMap<>();
    private final Map<Long, Integer> numbers = new HashMap<>();
    private int next = 1;

    /// @param self internal name of the class
    ConstantPool(String self) {
        this.self = self;
    }

    private int taken(int slots) {
        next += slots;
        return next - slots;
    }

    int text(String ascii) {
        Integer known = texts.get(ascii);
        if (known == null) {
            bytes.u1(UTF8).text(ascii);
            known = taken(1);
            texts.put(ascii, known);
        }
        return known;
    }

    int type(String internalName) {
        Integer known = classes.get(internalName);
        if (known == null) {
            int name = text(internalName);
            bytes.u1(CLASS).u2(name);
            known = taken(1);
            classes.put(internalName, known);
        }
        return known;
    }

    int string(String ascii) {
        int text = text(ascii);
        bytes.u1(STRING).u2(text);
        return taken(1);
    }

    int number(long value) {
        Integer known = numbers.get(value);
        if (known == null) {
            bytes.u1(LONG).u8(value);
            known = taken(2);
            numbers.put(value, known);
        }
        return known;
    }

    int member(Member member) {
        Integer known = members.get(member);
        if (known == null) {
            int owner = type(member.owner == null ? self : member.owner);
            int name = text(member.name);
            int descriptor = text(member.descriptor);
            bytes.u1(NAME_AND_TYPE).u2(name).u2(descriptor);
            int named = taken(1);
            bytes.u1(member.isMethod() ? METHOD : FIELD).u2(owner).u2(named);
            known = taken(1);
            members.put(member, known);
        }
        return known;
    }

    void writeTo(Bytes file) {
        file.u2(next).all(bytes);
    }
}
