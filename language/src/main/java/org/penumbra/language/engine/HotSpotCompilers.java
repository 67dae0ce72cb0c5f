// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.engine;

import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Executable;
import java.lang.reflect.Method;
import java.security.ProtectionDomain;
import org.penumbra.language.translator.TranslatedCode;
import org.penumbra.language.translator.Translator;

/// HotSpot's compilers on request, if the JVM was started so that they take requests, as the `penumbra` script does:
/// `-XX:+UnlockDiagnosticVMOptions -XX:+WhiteBoxAPI --add-exports java.base/jdk.internal.misc=ALL-UNNAMED`, for long
/// methods also `-XX:-DontCompileHugeMethods`.
///
/// Left to its policy, HotSpot compiles a method first with counters for all its branches and calls: four times the
/// code, in four times the time, at a third of the speed.
final class HotSpotCompilers {
    /// C1, without counters.
    static final int FIRST = 1;
    /// C2.
    static final int SECOND = 4;
    /// Whether requests are possible.
    static final boolean AVAILABLE;

    /// Longest method, in bytes of bytecode, that C2 is asked for. Without a limit of HotSpot's, some 400 instructions.
    static final int LONGEST;
    /// The same for C1. With 8,000, four of ten regions had to be planned and written again, for nothing.
    static final int LONGEST_QUICK;

    private static final String NAME = "jdk.test.whitebox.WhiteBox";
    private static final MethodHandle ENQUEUE;
    private static final MethodHandle LEVEL;
    private static final MethodHandle MARK_PROFILED;

    static {
        MethodHandle enqueue = null;
        MethodHandle level = null;
        MethodHandle mark = null;
        boolean compilesLong = false;
        try {
            Class<?> type = defined();
            Object box = type.getConstructor().newInstance();
            MethodHandles.Lookup lookup = MethodHandles.publicLookup();
            enqueue = lookup.bind(box, "enqueue", MethodType.methodType(boolean.class, Executable.class, int.class));
            level = lookup.bind(box, "level", MethodType.methodType(int.class, Executable.class));
            // Without the flag, the natives are not bound.
            type.getMethod("level", Executable.class).invoke(box, type.getMethod("level", Executable.class));
            compilesLong = Boolean.FALSE
                    .equals(type.getMethod("getBooleanVMFlag", String.class).invoke(box, "DontCompileHugeMethods"));
            mark = lookup.bind(box, "markMethodProfiled", MethodType.methodType(void.class, Executable.class));
        } catch (IOException | ReflectiveOperationException | LinkageError e) {
            // Not this JVM, or not with these options.
            mark = null;
        }
        ENQUEUE = enqueue;
        LEVEL = level;
        MARK_PROFILED = mark;
        AVAILABLE = mark != null;
        LONGEST = compilesLong ? 24_000 : Translator.MAXIMUM_BYTECODE;
        LONGEST_QUICK = compilesLong ? 12_000 : Translator.MAXIMUM_BYTECODE;
    }

    private HotSpotCompilers() {
    }

    /// The class, defined by the boot loader: only there does HotSpot bind it.
    private static Class<?> defined() throws IOException, ReflectiveOperationException {
        byte[] bytes;
        try (InputStream in = HotSpotCompilers.class.getResourceAsStream("/" + NAME.replace('.', '/') + ".class")) {
            bytes = in.readAllBytes();
        }
        Class<?> unsafe = Class.forName("jdk.internal.misc.Unsafe");
        return (Class<?>) unsafe
                .getMethod("defineClass", String.class, byte[].class, int.class, int.class, ClassLoader.class,
                        ProtectionDomain.class)
                .invoke(unsafe.getMethod("getUnsafe").invoke(null), NAME.replace('.', '/'), bytes, 0, bytes.length,
                        null, null);
    }

    /// The method that runs a region.
    static Method method(TranslatedCode code) {
        try {
            return code.getClass().getDeclaredMethod("run");
        } catch (NoSuchMethodException e) {
            throw new IllegalStateException(e);
        }
    }

    /// Starts compiling a method in the background.
    static void request(Method method, int level) {
        try {
            boolean unused = (boolean) ENQUEUE.invokeExact((Executable) method, level);
        } catch (Throwable e) {
            throw failure(method, e);
        }
    }

    /// Whether the method has code of this level.
    static boolean isCompiled(Method method, int level) {
        try {
            return (int) LEVEL.invokeExact((Executable) method) == level;
        } catch (Throwable e) {
            throw failure(method, e);
        }
    }

    /// Makes the JVM's interpreter count the method's branches from now on, which C2 goes by.
    static void profile(Method method) {
        try {
            MARK_PROFILED.invokeExact((Executable) method);
        } catch (Throwable e) {
            throw failure(method, e);
        }
    }

    private static IllegalStateException failure(Method method, Throwable cause) {
        return new IllegalStateException("HotSpot cannot be asked to compile " + method, cause);
    }
}
