// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.engine;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Executable;
import java.lang.reflect.Method;

/// HotSpot's compilers on request, if the JVM was started so that they take requests, as the `penumbra` script does:
/// `-XX:+WhiteBoxAPI`, with the class that HotSpot binds for it on the boot class path.
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

    private static final MethodHandle ENQUEUE;
    private static final MethodHandle LEVEL;
    private static final MethodHandle MARK_PROFILED;

    static {
        MethodHandle enqueue = null;
        MethodHandle level = null;
        MethodHandle mark = null;
        try {
            Class<?> type = Class.forName("jdk.test.whitebox.WhiteBox");
            Object box = type.getConstructor().newInstance();
            MethodHandles.Lookup lookup = MethodHandles.publicLookup();
            enqueue = lookup.bind(box, "enqueue", MethodType.methodType(boolean.class, Executable.class, int.class));
            level = lookup.bind(box, "level", MethodType.methodType(int.class, Executable.class));
            mark = lookup.bind(box, "markMethodProfiled", MethodType.methodType(void.class, Executable.class));
        } catch (ReflectiveOperationException | LinkageError e) {
            // Not this JVM, or not with these options.
            mark = null;
        }
        ENQUEUE = enqueue;
        LEVEL = level;
        MARK_PROFILED = mark;
        AVAILABLE = mark != null;
    }

    private HotSpotCompilers() {
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
