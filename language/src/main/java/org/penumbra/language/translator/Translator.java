// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.translator;

import static java.lang.constant.ConstantDescs.CLASS_INIT_NAME;
import static java.lang.constant.ConstantDescs.DEFAULT_NAME;
import static java.lang.constant.ConstantDescs.INIT_NAME;

import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFile.StackMapsOption;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.MethodModel;
import java.lang.classfile.attribute.CodeAttribute;
import java.lang.constant.ConstantDescs;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import org.penumbra.interpreter.Execution;
import org.penumbra.language.region.RegionPlan;
import org.penumbra.monitor.Monitor;

/// Translates planned regions into host bytecode for HotSpot's own compilers, which take milliseconds where partial
/// evaluation takes seconds.
///
/// Each region becomes a hidden class, which is unloaded when nothing refers to it any more. The hart and its registers
/// are constants of the class, so that the compilers address them directly.
public final class Translator {
    /// HotSpot does not compile longer methods (HugeMethodLimit), unless it is told to (-XX:-DontCompileHugeMethods).
    public static final int MAXIMUM_BYTECODE = 8000;

    private static final String PACKAGE = Translator.class.getPackageName().replace('.', '/') + "/";
    private static final int FIELD = ClassFile.ACC_STATIC | ClassFile.ACC_FINAL | ClassFile.ACC_PRIVATE;
    private static final MethodType CONSTRUCTOR = MethodType.methodType(void.class);
    /// The last version in which `java.lang.classfile` looks for jumps where there are no stack maps.
    static final int VERSION = ClassFile.JAVA_6_VERSION;
    /// Whether the JVM verifies classes and wants stack maps for that (-XX:+BytecodeVerificationRemote, its default).
    private static final boolean VERIFIED = isVerified();

    private final Monitor monitor;
    private final Execution execution;

    /// @param monitor of the hart whose regions these are
    public Translator(Monitor monitor) {
        this.monitor = monitor;
        this.execution = new Execution(monitor.hart(), monitor);
    }

    /// @param name of the guest code, shown in lists of compiled methods
    /// @param longest bytes of bytecode
    /// @return null if the region's code would be longer
    public TranslatedCode translate(RegionPlan plan, String name, CodeForm form, int longest) {
        var sites = new AccessSites(monitor, execution, plan.usesFloat());
        var type = new ClassWriter(VERSION, ClassFile.ACC_FINAL,
                PACKAGE + form.prefix() + name.replaceAll("[^A-Za-z0-9]", "_"),
                Member.internalName(Descriptors.CODE));
        declareConstants(type);
        type.add(0, INIT_NAME, "()V", type.code(false).aload(0).getstatic(Descriptors.OWN_REGISTERS)
                .invokespecial(Descriptors.NEW_CODE).return_());
        type.add(ClassFile.ACC_STATIC, CLASS_INIT_NAME, "()V", initialiseConstants(type.code(true)));
        Bytecode run = type.code(false);
        new RegionWriter(run, plan, sites, form).write();
        if (run.size() > longest) {
            return null;
        }
        type.add(ClassFile.ACC_PUBLIC, "run", "()V", run);
        return instantiate(VERIFIED ? withStackMaps(type.toBytes()) : type.toBytes(), sites);
    }

    /// A class with the stack maps that verification wants. It also checks what [Bytecode] has counted.
    static byte[] withStackMaps(byte[] bytes) {
        ClassFile format = ClassFile.of(StackMapsOption.GENERATE_STACK_MAPS);
        ClassModel before = format.parse(bytes);
        byte[] result = format.transformClass(before,
                ClassTransform.transformingMethodBodies(CodeTransform.ACCEPT_ALL));
        for (int k = 0; k < before.methods().size(); k++) {
            CodeAttribute counted = code(before.methods().get(k));
            CodeAttribute found = code(format.parse(result).methods().get(k));
            if (counted.maxStack() < found.maxStack() || counted.maxLocals() < found.maxLocals()) {
                throw new IllegalStateException("stack " + counted.maxStack() + " of " + found.maxStack() + ", locals "
                        + counted.maxLocals() + " of " + found.maxLocals());
            }
        }
        return result;
    }

    private static CodeAttribute code(MethodModel method) {
        return method.findAttribute(Attributes.code()).orElseThrow();
    }

    private static boolean isVerified() {
        var type = new ClassWriter(ClassFile.latestMajorVersion(), 0, PACKAGE + "Unverified",
                Member.internalName(ConstantDescs.CD_Object));
        Bytecode code = type.code(true);
        Bytecode.Label end = code.newLabel();
        code.iconst_0().ifne(end).labelBinding(end).return_();
        type.add(ClassFile.ACC_STATIC, CLASS_INIT_NAME, "()V", code);
        try {
            MethodHandles.lookup().defineHiddenClass(type.toBytes(), true);
            return false;
        } catch (VerifyError e) {
            return true;
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
        }
    }

    private static TranslatedCode instantiate(byte[] bytes, AccessSites sites) {
        try {
            MethodHandles.Lookup hidden = MethodHandles.lookup().defineHiddenClassWithClassData(bytes, sites, true);
            return (TranslatedCode) hidden.findConstructor(hidden.lookupClass(), CONSTRUCTOR).invoke();
        } catch (Throwable e) {
            throw new IllegalStateException("translated code cannot be loaded", e);
        }
    }

    private static void declareConstants(ClassWriter type) {
        type.field(FIELD, Descriptors.OWN_HART);
        type.field(FIELD, Descriptors.OWN_REGISTERS);
        type.field(FIELD, Descriptors.OWN_SITES);
        type.field(FIELD, Descriptors.OWN_STATUS);
        MemoryAccess.declare(type, FIELD);
    }

    private static Bytecode initialiseConstants(Bytecode code) {
        new MemoryAccess(code).initialise();
        String sites = Member.internalName(Descriptors.SITES);
        return code.invokestatic(Descriptors.LOOKUP).string(DEFAULT_NAME).type(sites)
                .invokestatic(Descriptors.CLASS_DATA)
                .checkcast(sites).dup().putstatic(Descriptors.OWN_SITES)
                .dup().getfield(Descriptors.SITES_HART).putstatic(Descriptors.OWN_HART)
                .dup().getfield(Descriptors.SITES_REGISTERS).putstatic(Descriptors.OWN_REGISTERS)
                .getfield(Descriptors.SITES_STATUS).putstatic(Descriptors.OWN_STATUS)
                .return_();
    }
}
