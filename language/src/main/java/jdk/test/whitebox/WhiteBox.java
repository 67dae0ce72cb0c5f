// SPDX-License-Identifier: Apache-2.0
package jdk.test.whitebox;

import java.lang.reflect.Executable;

/// Asks HotSpot to compile a method now, with the compiler of one's choice. HotSpot binds the native methods of a class
/// of this name if the JVM was started with `-XX:+WhiteBoxAPI` and its boot loader has defined the class; the engine
/// has it do so.
public final class WhiteBox {
    static {
        registerNatives();
    }

    /// Creates the interface.
    public WhiteBox() {
    }

    private static native void registerNatives();

    private native boolean enqueueMethodForCompilation0(Executable method, int level, int bytecodeIndex);

    private native int getMethodCompilationLevel0(Executable method, boolean onStackReplacement);

    /// Makes the JVM's interpreter record a profile of a method, and HotSpot regard it as profiled.
    public native void markMethodProfiled(Executable method);

    /// The value of an option, or null if there is none of that name.
    public native Boolean getBooleanVMFlag(String name);

    /// Requests compilation in the background.
    ///
    /// @param level 1: C1 without counters, 4: C2
    /// @return whether it was accepted
    public boolean enqueue(Executable method, int level) {
        return enqueueMethodForCompilation0(method, level, -1);
    }

    /// The level of a method's compiled code, 0 if it has none.
    public int level(Executable method) {
        return getMethodCompilationLevel0(method, false);
    }
}
