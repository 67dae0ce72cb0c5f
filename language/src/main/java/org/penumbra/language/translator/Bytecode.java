// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.translator;

import java.lang.classfile.Opcode;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;

/// The code of a method under construction: instructions (JVMS §6.5), and labels to jump to.
///
/// It counts the slots of the stack. Where code is reached by jumps only, one of them has to be written before, or the
/// stack is taken for empty.
final class Bytecode {
    private static final int UNKNOWN = -1;
    /// Local variables with an instruction of their own for each type, and those that fit in a byte.
    private static final int SHORT_LOCALS = 4;
    private static final int BYTE_LOCALS = 256;

    /// A place in the code.
    static final class Label {
        private int position = UNKNOWN;
        /// Slots on the stack there.
        private int depth = UNKNOWN;
    }

    /// @param from instruction to which the distance at `at` is relative
    /// @param wide whether the distance takes four bytes
    private record Jump(int from, int at, boolean wide, Label target) {
    }

    private final ConstantPool pool;
    private final Bytes bytes = new Bytes();
    private final List<Jump> jumps = new ArrayList<>();
    private int depth;
    private int deepest;
    private int locals;

    /// @param parameters slots of the parameters, the receiver included
    Bytecode(ConstantPool pool, int parameters) {
        this.pool = pool;
        this.locals = parameters;
    }

    /// Length of the code in bytes.
    int size() {
        return bytes.size();
    }

    /// Writes the method's code attribute, from its length on.
    ///
    /// @throws IllegalArgumentException if the code is longer than a jump reaches, 32 KB
    void writeTo(Bytes method) {
        if (bytes.size() > Short.MAX_VALUE) {
            throw new IllegalArgumentException("the code is too long");
        }
        for (Jump jump : jumps) {
            if (jump.target.position == UNKNOWN) {
                throw new IllegalStateException("a jump leads nowhere");
            }
            int distance = jump.target.position - jump.from;
            if (jump.wide) {
                bytes.set(jump.at, distance >> 16);
                bytes.set(jump.at + 2, distance);
            } else {
                bytes.set(jump.at, distance);
            }
        }
        method.u4(bytes.size() + 12).u2(deepest).u2(locals).u4(bytes.size()).all(bytes).u2(0).u2(0);
    }

    private Bytecode grow(int slots) {
        depth += slots;
        deepest = Math.max(deepest, depth);
        return this;
    }

    // ---- instructions without operands

    /// Writes an instruction without operands, other than a return.
    Bytecode op(Opcode opcode) {
        bytes.u1(opcode.bytecode());
        return grow(growth(opcode));
    }

    /// By how many slots an instruction lets the stack grow.
    private static int growth(Opcode opcode) {
        return switch (opcode) {
            case LCONST_0, LCONST_1, DUP2, DUP2_X1, DUP2_X2 -> 2;
            case ACONST_NULL, ICONST_M1, ICONST_0, ICONST_1, ICONST_2, ICONST_3, ICONST_4, ICONST_5 -> 1;
            case DUP, DUP_X1, DUP_X2, I2L -> 1;
            case LALOAD, SWAP, INEG, LNEG, I2B, I2C, I2S -> 0;
            case POP, IADD, ISUB, IMUL, IDIV, IREM, IAND, IOR, IXOR, ISHL, ISHR, IUSHR, LSHL, LSHR, LUSHR, L2I -> -1;
            case POP2, LADD, LSUB, LMUL, LDIV, LREM, LAND, LOR, LXOR -> -2;
            case LCMP -> -3;
            case LASTORE -> -4;
            default -> throw new IllegalArgumentException(opcode.toString());
        };
    }

    Bytecode aconst_null() {
        return op(Opcode.ACONST_NULL);
    }

    Bytecode iconst_0() {
        return op(Opcode.ICONST_0);
    }

    Bytecode iconst_1() {
        return op(Opcode.ICONST_1);
    }

    Bytecode lconst_0() {
        return op(Opcode.LCONST_0);
    }

    Bytecode laload() {
        return op(Opcode.LALOAD);
    }

    Bytecode lastore() {
        return op(Opcode.LASTORE);
    }

    Bytecode pop2() {
        return op(Opcode.POP2);
    }

    Bytecode dup() {
        return op(Opcode.DUP);
    }

    Bytecode iadd() {
        return op(Opcode.IADD);
    }

    Bytecode ladd() {
        return op(Opcode.LADD);
    }

    Bytecode lsub() {
        return op(Opcode.LSUB);
    }

    Bytecode lushr() {
        return op(Opcode.LUSHR);
    }

    Bytecode land() {
        return op(Opcode.LAND);
    }

    Bytecode i2l() {
        return op(Opcode.I2L);
    }

    Bytecode l2i() {
        return op(Opcode.L2I);
    }

    Bytecode i2b() {
        return op(Opcode.I2B);
    }

    Bytecode i2s() {
        return op(Opcode.I2S);
    }

    Bytecode lcmp() {
        return op(Opcode.LCMP);
    }

    Bytecode return_() {
        bytes.u1(Opcode.RETURN.bytecode());
        depth = UNKNOWN;
        return this;
    }

    // ---- constants

    /// Pushes a constant.
    Bytecode loadConstant(int value) {
        if (value == 0 || value == 1) {
            return value == 0 ? iconst_0() : iconst_1();
        }
        if (value == (byte) value) {
            bytes.u1(Opcode.BIPUSH.bytecode()).u1(value);
        } else if (value == (short) value) {
            bytes.u1(Opcode.SIPUSH.bytecode()).u2(value);
        } else {
            return loadConstant((long) value).l2i();
        }
        return grow(1);
    }

    /// Pushes a constant.
    Bytecode loadConstant(long value) {
        if (value == 0) {
            return lconst_0();
        }
        if (value == (short) value) {
            return loadConstant((int) value).i2l();
        }
        bytes.u1(Opcode.LDC2_W.bytecode()).u2(pool.number(value));
        return grow(2);
    }

    /// Pushes text of ASCII characters.
    Bytecode string(String text) {
        bytes.u1(Opcode.LDC_W.bytecode()).u2(pool.string(text));
        return grow(1);
    }

    /// Pushes a class.
    Bytecode type(String internalName) {
        bytes.u1(Opcode.LDC_W.bytecode()).u2(pool.type(internalName));
        return grow(1);
    }

    // ---- local variables

    /// @param first the type's instruction for local variable 0, which those for 1 to 3 follow
    private Bytecode local(Opcode general, int first, int slot, int growth, int slots) {
        if (slot < SHORT_LOCALS) {
            bytes.u1(first + slot);
        } else if (slot < BYTE_LOCALS) {
            bytes.u1(general.bytecode()).u1(slot);
        } else {
            bytes.u1(0xc4).u1(general.bytecode()).u2(slot);
        }
        locals = Math.max(locals, slot + slots);
        return grow(growth);
    }

    Bytecode aload(int slot) {
        return local(Opcode.ALOAD, Opcode.ALOAD_0.bytecode(), slot, 1, 1);
    }

    Bytecode astore(int slot) {
        return local(Opcode.ASTORE, Opcode.ASTORE_0.bytecode(), slot, -1, 1);
    }

    Bytecode iload(int slot) {
        return local(Opcode.ILOAD, Opcode.ILOAD_0.bytecode(), slot, 1, 1);
    }

    Bytecode istore(int slot) {
        return local(Opcode.ISTORE, Opcode.ISTORE_0.bytecode(), slot, -1, 1);
    }

    Bytecode lload(int slot) {
        return local(Opcode.LLOAD, Opcode.LLOAD_0.bytecode(), slot, 2, 2);
    }

    Bytecode lstore(int slot) {
        return local(Opcode.LSTORE, Opcode.LSTORE_0.bytecode(), slot, -2, 2);
    }

    // ---- fields, methods, types

    private Bytecode member(Opcode opcode, Member member, int growth) {
        bytes.u1(opcode.bytecode()).u2(pool.member(member));
        return grow(growth);
    }

    Bytecode getstatic(Member field) {
        return member(Opcode.GETSTATIC, field, field.result);
    }

    Bytecode putstatic(Member field) {
        return member(Opcode.PUTSTATIC, field, -field.result);
    }

    Bytecode getfield(Member field) {
        return member(Opcode.GETFIELD, field, field.result - 1);
    }

    Bytecode putfield(Member field) {
        return member(Opcode.PUTFIELD, field, -1 - field.result);
    }

    Bytecode invokestatic(Member method) {
        return member(Opcode.INVOKESTATIC, method, method.result - method.arguments);
    }

    Bytecode invokevirtual(Member method) {
        return member(Opcode.INVOKEVIRTUAL, method, method.result - method.arguments - 1);
    }

    Bytecode invokespecial(Member method) {
        return member(Opcode.INVOKESPECIAL, method, method.result - method.arguments - 1);
    }

    Bytecode checkcast(String internalName) {
        bytes.u1(Opcode.CHECKCAST.bytecode()).u2(pool.type(internalName));
        return this;
    }

    // ---- jumps

    Label newLabel() {
        return new Label();
    }

    /// Sets where a label is: here.
    Bytecode labelBinding(Label label) {
        label.position = bytes.size();
        if (depth == UNKNOWN) {
            depth = Math.max(label.depth, 0);
        }
        label.depth = depth;
        return this;
    }

    /// Writes a jump that takes `operands` slots from the stack.
    Bytecode branch(Opcode opcode, Label target) {
        grow(switch (opcode) {
            case IFEQ, IFNE, IFLT, IFGE, IFGT, IFLE -> -1;
            case IF_ICMPEQ, IF_ICMPNE, IF_ICMPLT, IF_ICMPGE, IF_ICMPGT, IF_ICMPLE -> -2;
            case GOTO -> 0;
            default -> throw new IllegalArgumentException(opcode.toString());
        });
        target.depth = depth;
        jumps.add(new Jump(bytes.size(), bytes.size() + 1, false, target));
        bytes.u1(opcode.bytecode()).u2(0);
        if (opcode == Opcode.GOTO) {
            depth = UNKNOWN;
        }
        return this;
    }

    Bytecode ifeq(Label target) {
        return branch(Opcode.IFEQ, target);
    }

    Bytecode ifne(Label target) {
        return branch(Opcode.IFNE, target);
    }

    Bytecode iflt(Label target) {
        return branch(Opcode.IFLT, target);
    }

    Bytecode ifge(Label target) {
        return branch(Opcode.IFGE, target);
    }

    Bytecode if_icmpgt(Label target) {
        return branch(Opcode.IF_ICMPGT, target);
    }

    Bytecode goto_(Label target) {
        return branch(Opcode.GOTO, target);
    }

    /// @param cases by the value on the stack
    Bytecode lookupswitch(Label otherwise, SortedMap<Integer, Label> cases) {
        grow(-1);
        int from = bytes.size();
        bytes.u1(Opcode.LOOKUPSWITCH.bytecode());
        while (bytes.size() % 4 != 0) {
            bytes.u1(0);
        }
        wideJump(from, otherwise);
        bytes.u4(cases.size());
        cases.forEach((value, target) -> {
            bytes.u4(value);
            wideJump(from, target);
        });
        depth = UNKNOWN;
        return this;
    }

    private void wideJump(int from, Label target) {
        target.depth = depth;
        jumps.add(new Jump(from, bytes.size(), true, target));
        bytes.u4(0);
    }
}
