// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.translator;

import static java.lang.constant.ConstantDescs.CLASS_INIT_NAME;
import static java.lang.constant.ConstantDescs.DEFAULT_NAME;
import static java.lang.constant.ConstantDescs.INIT_NAME;

import java.lang.classfile.Attributes;
import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.constant.ClassDesc;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import org.penumbra.language.region.RegionPlan;
import org.penumbra.monitor.Monitor;

/// Translates planned regions into host bytecode for HotSpot's own compilers, which take milliseconds where partial
/// evaluation takes seconds.
///
/// Each region becomes a hidden class, which is unloaded when nothing refers to it any more. The hart and its registers
/// are constants of the class, so that the compilers address them directly.
public final class Translator {
    /// HotSpot does not compile longer methods (HugeMethodLimit), unless it is told to (-XX:-DontCompileHugeMethods),
    /// as for the optimised form.
    public static final int MAXIMUM_BYTECODE = 8000;
    private static final int MAXIMUM_OPTIMISED = 24_000;

    /// Instructions whose code is within a class file's limit on a method, 64 KB, whatever they are.
    private static final int FEW = 32;
    private static final String PACKAGE = Translator.class.getPackageName();
    private static final int FIELD = ClassFile.ACC_STATIC | ClassFile.ACC_FINAL | ClassFile.ACC_PRIVATE;
    private static final MethodType CONSTRUCTOR = MethodType.methodType(void.class);

    private final Monitor monitor;

    /// @param monitor of the hart whose regions these are
    public Translator(Monitor monitor) {
        this.monitor = monitor;
    }

    /// @param name of the guest code, shown in lists of compiled methods
    /// @return null if the region's code would be too long for HotSpot to compile
    public TranslatedCode translate(RegionPlan plan, String name, CodeForm form) {
        var sites = new AccessSites(monitor);
        ClassDesc self = ClassDesc.of(PACKAGE, form.prefix() + name.replaceAll("[^A-Za-z0-9]", "_"));
        byte[] bytes;
        try {
            bytes = ClassFile.of().build(self, type -> {
                type.withFlags(ClassFile.ACC_FINAL).withSuperclass(Descriptors.CODE);
                declareConstants(type);
                type.withMethodBody(INIT_NAME, Descriptors.NOTHING, 0,
                        code -> code.aload(0).getstatic(self, "REGISTERS", Descriptors.REGISTERS)
                                .invokespecial(Descriptors.CODE, INIT_NAME, Descriptors.WITH_REGISTERS).return_());
                type.withMethodBody(CLASS_INIT_NAME, Descriptors.NOTHING, ClassFile.ACC_STATIC,
                        code -> initialiseConstants(code, self));
                type.withMethodBody("run", Descriptors.NOTHING, ClassFile.ACC_PUBLIC,
                        code -> new RegionWriter(code, self, plan, sites, form).write());
            });
        } catch (IllegalArgumentException e) {
            // The class file's own limit on a method, which only much code reaches.
            if (plan.size() > FEW) {
                return null;
            }
            throw e;
        }
        return isTooLong(bytes, form == CodeForm.QUICK ? MAXIMUM_BYTECODE : MAXIMUM_OPTIMISED) ? null
                : instantiate(bytes, sites);
    }

    private static boolean isTooLong(byte[] bytes, int maximum) {
        return bytes.length > maximum && ClassFile.of().parse(bytes).methods().stream()
                .flatMap(method -> method.findAttribute(Attributes.code()).stream())
                .anyMatch(code -> code.codeLength() > maximum);
    }

    private static TranslatedCode instantiate(byte[] bytes, AccessSites sites) {
        try {
            MethodHandles.Lookup hidden = MethodHandles.lookup().defineHiddenClassWithClassData(bytes, sites, true);
            return (TranslatedCode) hidden.findConstructor(hidden.lookupClass(), CONSTRUCTOR).invoke();
        } catch (Throwable e) {
            throw new IllegalStateException("translated code cannot be loaded", e);
        }
    }

    private static void declareConstants(ClassBuilder type) {
        type.withField("HART", Descriptors.HART, FIELD).withField("REGISTERS", Descriptors.REGISTERS, FIELD)
                .withField("SITES", Descriptors.SITES, FIELD).withField("STATUS", Descriptors.STATUS, FIELD);
        MemoryAccess.declare(type);
    }

    private static void initialiseConstants(CodeBuilder code, ClassDesc self) {
        new MemoryAccess(code, self).initialise();
        code.invokestatic(Descriptors.LOOKUPS, "lookup", Descriptors.GET_LOOKUP).ldc(DEFAULT_NAME)
                .loadConstant(Descriptors.SITES)
                .invokestatic(Descriptors.LOOKUPS, "classData", Descriptors.CLASS_DATA)
                .checkcast(Descriptors.SITES).dup().putstatic(self, "SITES", Descriptors.SITES)
                .dup().getfield(Descriptors.SITES, "hart", Descriptors.HART).putstatic(self, "HART", Descriptors.HART)
                .dup().getfield(Descriptors.SITES, "registers", Descriptors.REGISTERS)
                .putstatic(self, "REGISTERS", Descriptors.REGISTERS)
                .getfield(Descriptors.SITES, "status", Descriptors.STATUS).putstatic(self, "STATUS", Descriptors.STATUS)
                .return_();
    }
}
