// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.engine;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Executable;
import java.lang.reflect.Method;

/// What HotSpot knows of a method, by its compiler interface, where that can be reached: `-XX:+EnableJVMCI` and three
/// `--add-exports`, as the `penumbra` script has them.
final class HotSpotMethods {
    /// Whether it can be asked.
    static final boolean AVAILABLE;

    private static final Object META_ACCESS;
    private static final MethodHandle LOOKUP;
    private static final MethodHandle HAS_CODE;

    static {
        Object meta = null;
        MethodHandle lookup = null;
        MethodHandle hasCode = null;
        try {
            Object runtime = Class.forName("jdk.vm.ci.runtime.JVMCI").getMethod("getRuntime").invoke(null);
            Object backend = Class.forName("jdk.vm.ci.runtime.JVMCIRuntime").getMethod("getHostJVMCIBackend").invoke(runtime);
            meta = Class.forName("jdk.vm.ci.runtime.JVMCIBackend").getMethod("getMetaAccess").invoke(backend);
            Method find = Class.forName("jdk.vm.ci.meta.MetaAccessProvider").getMethod("lookupJavaMethod", Executable.class);
            Method ask = Class.forName("jdk.vm.ci.hotspot.HotSpotResolvedJavaMethod").getMethod("hasCompiledCode");
            MethodHandles.Lookup here = MethodHandles.lookup();
            lookup = here.unreflect(find).asType(MethodType.methodType(Object.class, Object.class, Executable.class));
            hasCode = here.unreflect(ask).asType(MethodType.methodType(boolean.class, Object.class));
        } catch (ReflectiveOperationException | LinkageError e) {
            // Not this JVM, or not with these options.
            hasCode = null;
        }
        META_ACCESS = meta;
        LOOKUP = lookup;
        HAS_CODE = hasCode;
        AVAILABLE = hasCode != null;
    }

    private HotSpotMethods() {
    }

    /// Whether there is compiled code for a method without parameters.
    static boolean isCompiled(Class<?> type, String method) {
        try {
            Object resolved = (Object) LOOKUP.invokeExact(META_ACCESS, (Executable) type.getDeclaredMethod(method));
            return (boolean) HAS_CODE.invokeExact(resolved);
        } catch (Throwable e) {
            throw new IllegalStateException("HotSpot cannot be asked for " + type, e);
        }
    }
}
