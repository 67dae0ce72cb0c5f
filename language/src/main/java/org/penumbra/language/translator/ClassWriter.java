// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.translator;

import java.lang.classfile.ClassFile;

/// A class file under construction (JVMS §4), as far as translated code needs it: fields and methods without stack
/// maps.
///
/// `java.lang.classfile` does the same for any class, and goes through the code several times for it: it had up to 29 %
/// of the main thread's time in a program's first 200 ms.
final class ClassWriter {
    private final ConstantPool pool;
    private final int version;
    private final int flags;
    private final int self;
    private final int superclass;
    private final Bytes fields = new Bytes();
    private final Bytes methods = new Bytes();
    private int fieldCount;
    private int methodCount;

    /// @param version    of the format, the major number
    /// @param self       internal name of the class
    /// @param superclass internal name
    ClassWriter(int version, int flags, String self, String superclass) {
        this.pool = new ConstantPool(self);
        this.version = version;
        this.flags = flags;
        this.self = pool.type(self);
        this.superclass = pool.type(superclass);
    }

    void field(int access, Member field) {
        fields.u2(access).u2(pool.text(field.name)).u2(pool.text(field.descriptor)).u2(0);
        fieldCount++;
    }

    /// Code for a method without parameters and result; [#add] adds it when it is complete.
    Bytecode code(boolean isStatic) {
        return new Bytecode(pool, isStatic ? 0 : 1);
    }

    /// Adds a method.
    void add(int access, String name, String descriptor, Bytecode code) {
        methods.u2(access).u2(pool.text(name)).u2(pool.text(descriptor)).u2(1).u2(pool.text("Code"));
        code.writeTo(methods);
        methodCount++;
    }

    byte[] toBytes() {
        var file = new Bytes();
        file.u4(ClassFile.MAGIC_NUMBER).u2(0).u2(version);
        pool.writeTo(file);
        file.u2(flags).u2(self).u2(superclass).u2(0);
        file.u2(fieldCount).all(fields).u2(methodCount).all(methods).u2(0);
        return file.toArray();
    }
}
