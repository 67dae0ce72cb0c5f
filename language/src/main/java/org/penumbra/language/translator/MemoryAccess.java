// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.translator;

import static java.lang.constant.ConstantDescs.CD_Object;
import static java.lang.constant.ConstantDescs.CD_byte;
import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;
import static java.lang.constant.ConstantDescs.CD_short;
import static java.lang.constant.ConstantDescs.CD_void;

import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;

/// Writes the bytecode with which translated code accesses host memory.
///
/// If the JDK's internal Unsafe is accessible (`--add-exports java.base/jdk.internal.misc=ALL-UNNAMED`), it is called
/// directly, because HotSpot treats it as an intrinsic. Through [org.penumbra.memory.HostMemory] each access is three
/// calls to be inlined: C1's code, which has profiling counters in each of them, is twice as large and takes four times
/// as long to compile. C2's code is the same either way.
final class MemoryAccess {
    private static final String INTERNAL = "jdk.internal.misc";
    private static final ClassDesc UNSAFE = ClassDesc.of(INTERNAL + ".Unsafe");
    private static final Member FIELD = Member.own("MEMORY", UNSAFE);
    private static final Member GET_UNSAFE = Member.method(UNSAFE, "getUnsafe", MethodTypeDesc.of(UNSAFE));
    private static final boolean DIRECT = Object.class.getModule().isExported(INTERNAL, MemoryAccess.class.getModule());

    private static final Member GET_BYTE = getter("getByte", CD_byte);
    private static final Member GET_SHORT = getter("getShort", CD_short);
    private static final Member GET_INT = getter("getInt", CD_int);
    private static final Member GET_LONG = getter("getLong", CD_long);
    private static final Member PUT_BYTE = setter("putByte", CD_byte);
    private static final Member PUT_SHORT = setter("putShort", CD_short);
    private static final Member PUT_INT = setter("putInt", CD_int);
    private static final Member PUT_LONG = setter("putLong", CD_long);
    private static final long ARRAY_BASE = arrayBase();

    private static final Member LOAD_FENCE = fence("loadFence");
    private static final Member STORE_FENCE = fence("storeFence");
    private static final Member FULL_FENCE = fence("fullFence");

    private final Bytecode code;

    MemoryAccess(Bytecode code) {
        this.code = code;
    }

    /// Whether Unsafe is called directly.
    static boolean isDirect() {
        return DIRECT;
    }

    /// Declares what the class needs for it.
    static void declare(ClassWriter type, int access) {
        if (DIRECT) {
            type.field(access, FIELD);
        }
    }

    /// Writes its part of the class initialiser.
    void initialise() {
        if (DIRECT) {
            code.invokestatic(GET_UNSAFE).putstatic(FIELD);
        }
    }

    /// Must be called before the address is pushed.
    MemoryAccess begin() {
        if (DIRECT) {
            code.getstatic(FIELD).aconst_null();
        }
        return this;
    }

    /// Replaces the address on the stack by the zero-extended value there.
    void load(int size) {
        switch (size) {
            case 1 -> {
                call(GET_BYTE);
                code.i2l().loadConstant(0xffL).land();
            }
            case 2 -> {
                call(GET_SHORT);
                code.i2l().loadConstant(0xffffL).land();
            }
            case 4 -> {
                call(GET_INT);
                code.i2l().loadConstant(0xffff_ffffL).land();
            }
            default -> call(GET_LONG);
        }
    }

    /// Stores the value on the stack at the address below it.
    void store(int size) {
        switch (size) {
            case 1 -> {
                code.l2i().i2b();
                call(PUT_BYTE);
            }
            case 2 -> {
                code.l2i().i2s();
                call(PUT_SHORT);
            }
            case 4 -> {
                code.l2i();
                call(PUT_INT);
            }
            default -> call(PUT_LONG);
        }
    }

    /// Keeps loads before it in front of what follows, where another hart may notice.
    void loadFence() {
        fence(LOAD_FENCE);
    }

    /// Keeps what is before it in front of stores that follow.
    void storeFence() {
        fence(STORE_FENCE);
    }

    /// Keeps all that is before it in front of all that follows.
    void fullFence() {
        fence(FULL_FENCE);
    }

    private void fence(Member which) {
        if (DIRECT) {
            code.getstatic(FIELD);
        }
        call(which);
    }

    /// Pushes an element of the `long[]` in a local variable; its index must be in range.
    void element(int array, int index) {
        if (DIRECT) {
            code.getstatic(FIELD).aload(array).loadConstant(offset(index));
            call(GET_LONG);
        } else {
            code.aload(array).loadConstant(index).laload();
        }
    }

    /// Sets the element to the value that `value` pushes.
    void setElement(int array, int index, Runnable value) {
        if (DIRECT) {
            code.getstatic(FIELD).aload(array).loadConstant(offset(index));
            value.run();
            call(PUT_LONG);
        } else {
            code.aload(array).loadConstant(index);
            value.run();
            code.lastore();
        }
    }

    private static long offset(int index) {
        return ARRAY_BASE + (long) index * Long.BYTES;
    }

    /// Offset of the first element of a `long[]`, which is only needed, and can only be asked for, if Unsafe is
    /// accessible.
    private static long arrayBase() {
        try {
            return DIRECT ? Class.forName(INTERNAL + ".Unsafe").getField("ARRAY_LONG_BASE_OFFSET").getLong(null) : 0;
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Member fence(String name) {
        return Member.method(DIRECT ? UNSAFE : Descriptors.MEMORY, name, MethodTypeDesc.of(CD_void));
    }

    private static Member getter(String name, ClassDesc type) {
        return DIRECT ? Member.method(UNSAFE, name, MethodTypeDesc.of(type, CD_Object, CD_long))
                : Member.method(Descriptors.MEMORY, name, MethodTypeDesc.of(type, CD_long));
    }

    private static Member setter(String name, ClassDesc type) {
        return DIRECT ? Member.method(UNSAFE, name, MethodTypeDesc.of(CD_void, CD_Object, CD_long, type))
                : Member.method(Descriptors.MEMORY, name, MethodTypeDesc.of(CD_void, CD_long, type));
    }

    private void call(Member method) {
        if (DIRECT) {
            code.invokevirtual(method);
        } else {
            code.invokestatic(method);
        }
    }
}
