// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.engine;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Executable;
import java.lang.reflect.Method;

/// Queries HotSpot about a method through its compiler interface, if accessible: `-XX:+EnableJVMCI` and three
/// `--add-exports`, as the `penumbra` script passes them.
final class HotSpotMethods {
    /// Whether the interface is accessible.
    static final boolean AVAILABLE;

    private static final Object META_ACCESS;
    private static final MethodHandle LOOKUP;
    private static final MethodHandle HAS_CODE;
    private static final MethodHandle HAS_CODE_OF_LEVEL;

    static {
        Object meta = null;
        MethodHandle lookup = null;
        MethodHandle hasCode = null;
        MethodHandle hasCodeOfLevel = null;
        try {
            Object runtime = Class.forName("jdk.vm.ci.runtime.JVMCI").getMethod("getRuntime").invoke(null);
            Object backend = Class.forName("jdk.vm.ci.runtime.JVMCIRuntime").getMethod("getHostJVMCIBackend")
                    .invoke(runtime);
            meta = Class.forName("jdk.vm.ci.runtime.JVMCIBackend").getMethod("getMetaAccess").invoke(backend);
            Method find = Class.forName("jdk.vm.ci.meta.MetaAccessProvider")
                    .getMethod("lookupJavaMethod", Executable.class);
            Class<?> method = Class.forName("jdk.vm.ci.hotspot.HotSpotResolvedJavaMethod");
            MethodHandles.Lookup here = MethodHandles.lookup();
            lookup = here.unreflect(find).asType(MethodType.methodType(Object.class, Object.class, Executable.class));
            hasCode = here.unreflect(method.getMethod("hasCompiledCode"))
                    .asType(MethodType.methodType(boolean.class, Object.class));
            hasCodeOfLevel = here.unreflect(method.getMethod("hasCompiledCodeAtLevel", int.class))
                    .asType(MethodType.methodType(boolean.class, Object.class, int.class));
        } catch (ReflectiveOperationException | LinkageError e) {
            // Not this JVM, or not with these options.
            hasCodeOfLevel = null;
        }
        META_ACCESS = meta;
        LOOKUP = lookup;
        HAS_CODE = hasCode;
        HAS_CODE_OF_LEVEL = hasCodeOfLevel;
        AVAILABLE = hasCodeOfLevel != null;
    }

    private HotSpotMethods() {
    }

    /// Whether a method without parameters has compiled code.
    static boolean isCompiled(Class<?> type, String method) {
        try {
            return (boolean) HAS_CODE.invokeExact(resolved(type, method));
        } catch (Throwable e) {
            throw failure(type, e);
        }
    }

    /// The same for code of one compilation level: 1 to 3 are C1, 4 is C2.
    static boolean isCompiled(Class<?> type, String method, int level) {
        try {
            return (boolean) HAS_CODE_OF_LEVEL.invokeExact(resolved(type, method), level);
        } catch (Throwable e) {
            throw failure(type, e);
        }
    }

    private static Object resolved(Class<?> type, String method) throws Throwable {
        return (Object) LOOKUP.invokeExact(META_ACCESS, (Executable) type.getDeclaredMethod(method));
    }

    private static IllegalStateException failure(Class<?> type, Throwable cause) {
        return new IllegalStateException("HotSpot cannot be asked for " + type, cause);
    }
}
