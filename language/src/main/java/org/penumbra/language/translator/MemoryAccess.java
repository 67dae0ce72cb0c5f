// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.translator;

import static java.lang.constant.ConstantDescs.CD_Object;
import static java.lang.constant.ConstantDescs.CD_byte;
import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;
import static java.lang.constant.ConstantDescs.CD_short;
import static java.lang.constant.ConstantDescs.CD_void;

import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
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
    private static final String FIELD = "MEMORY";
    private static final boolean DIRECT = Object.class.getModule().isExported(INTERNAL, MemoryAccess.class.getModule());

    private static final long ARRAY_BASE = arrayBase();

    private final CodeBuilder code;
    private final ClassDesc self;

    MemoryAccess(CodeBuilder code, ClassDesc self) {
        this.code = code;
        this.self = self;
    }

    /// Whether Unsafe is called directly.
    static boolean isDirect() {
        return DIRECT;
    }

    /// Declares what the class needs for it.
    static void declare(ClassBuilder type) {
        if (DIRECT) {
            type.withField(FIELD, UNSAFE, ClassFile.ACC_STATIC | ClassFile.ACC_FINAL | ClassFile.ACC_PRIVATE);
        }
    }

    /// Writes its part of the class initialiser.
    void initialise() {
        if (DIRECT) {
            code.invokestatic(UNSAFE, "getUnsafe", MethodTypeDesc.of(UNSAFE)).putstatic(self, FIELD, UNSAFE);
        }
    }

    /// Must be called before the address is pushed.
    MemoryAccess begin() {
        if (DIRECT) {
            code.getstatic(self, FIELD, UNSAFE).aconst_null();
        }
        return this;
    }

    /// Replaces the address on the stack by the zero-extended value there.
    void load(int size) {
        switch (size) {
            case 1 -> {
                get("getByte", CD_byte);
                code.i2l().loadConstant(0xffL).land();
            }
            case 2 -> {
                get("getShort", CD_short);
                code.i2l().loadConstant(0xffffL).land();
            }
            case 4 -> {
                get("getInt", CD_int);
                code.i2l().loadConstant(0xffff_ffffL).land();
            }
            default -> get("getLong", CD_long);
        }
    }

    /// Stores the value on the stack at the address below it.
    void store(int size) {
        switch (size) {
            case 1 -> {
                code.l2i().i2b();
                put("putByte", CD_byte);
            }
            case 2 -> {
                code.l2i().i2s();
                put("putShort", CD_short);
            }
            case 4 -> {
                code.l2i();
                put("putInt", CD_int);
            }
            default -> put("putLong", CD_long);
        }
    }

    /// Pushes an element of the `long[]` in a local variable; its index must be in range.
    void element(int array, int index) {
        if (DIRECT) {
            code.getstatic(self, FIELD, UNSAFE).aload(array).loadConstant(offset(index));
            code.invokevirtual(UNSAFE, "getLong", MethodTypeDesc.of(CD_long, CD_Object, CD_long));
        } else {
            code.aload(array).loadConstant(index).laload();
        }
    }

    /// Sets the element to the value that `value` pushes.
    void setElement(int array, int index, Runnable value) {
        if (DIRECT) {
            code.getstatic(self, FIELD, UNSAFE).aload(array).loadConstant(offset(index));
            value.run();
            code.invokevirtual(UNSAFE, "putLong", MethodTypeDesc.of(CD_void, CD_Object, CD_long, CD_long));
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

    private void get(String name, ClassDesc type) {
        if (DIRECT) {
            code.invokevirtual(UNSAFE, name, MethodTypeDesc.of(type, CD_Object, CD_long));
        } else {
            code.invokestatic(Descriptors.MEMORY, name, MethodTypeDesc.of(type, CD_long));
        }
    }

    private void put(String name, ClassDesc type) {
        if (DIRECT) {
            code.invokevirtual(UNSAFE, name, MethodTypeDesc.of(CD_void, CD_Object, CD_long, type));
        } else {
            code.invokestatic(Descriptors.MEMORY, name, MethodTypeDesc.of(CD_void, CD_long, type));
        }
    }
}
