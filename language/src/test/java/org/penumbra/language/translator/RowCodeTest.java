// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.translator;

import static java.lang.constant.ConstantDescs.CD_long;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.classfile.ClassFile;
import java.lang.classfile.Label;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.penumbra.isa.AtomicOp;
import org.penumbra.isa.BranchOp;
import org.penumbra.isa.CsrOp;
import org.penumbra.isa.FloatOp;
import org.penumbra.isa.ImmediateOp;
import org.penumbra.isa.JumpOp;
import org.penumbra.isa.LoadOp;
import org.penumbra.isa.Operation;
import org.penumbra.isa.RegisterOp;
import org.penumbra.isa.StoreOp;
import org.penumbra.isa.SystemOp;
import org.penumbra.isa.UpperOp;

/// What the instruction tables say reaches translated code.
final class RowCodeTest {
    private static final MethodTypeDesc TYPE = MethodTypeDesc.of(CD_long, CD_long, CD_long);
    private static final long[] EDGES = {0, 1, -1, 2, 31, 32, 63, 64, Integer.MAX_VALUE, Integer.MIN_VALUE, Long.MAX_VALUE,
        Long.MIN_VALUE, 0xffff_ffffL, 0x8000_0000L, 0x0123_4567_89ab_cdefL};

    /// Rows whose method is called where the others' is spliced: none. One that appears here costs speed.
    private static final Set<String> CALLED = Set.of();

    /// The method by which a row of this shape says what it does, where translated code takes it from the row.
    private static String method(Operation op) {
        return switch (op) {
            case RegisterOp _, ImmediateOp _ -> "apply";
            case BranchOp _ -> "test";
            case LoadOp _ -> "extend";
            // Called as wholes: floating-point and atomic operations, indirect jumps. Known when translated: upper immediates
            // and direct jumps. Without a function: stores. Left to the interpreter: the others.
            case FloatOp _, AtomicOp _, JumpOp _, UpperOp _, StoreOp _, CsrOp _, SystemOp _ -> null;
        };
    }

    @Test
    void everyRowIsSplicedOrListedAsCalled() {
        var called = new TreeSet<String>();
        for (Operation op : Operation.all()) {
            if (method(op) != null && !RowCode.of(op, method(op)).isSpliced()) {
                called.add(op.name());
            }
        }
        assertEquals(new TreeSet<>(CALLED), called);
    }

    @Test
    void splicedCodeDoesWhatItsRowDoes() throws Throwable {
        var random = new Random(1);
        int rows = 0;
        for (Operation op : Operation.all()) {
            if (method(op) == null) {
                continue;
            }
            rows++;
            MethodHandle compiled = compile(op);
            for (int k = 0; k < 400; k++) {
                long a = operand(random, k);
                long b = operand(random, k / EDGES.length);
                assertEquals(expected(op, a, b), (long) compiled.invokeExact(a, b), op + " of " + a + " and " + b);
            }
        }
        assertTrue(rows > 90, rows + " rows");
    }

    private static long operand(Random random, int k) {
        return k < EDGES.length * EDGES.length ? EDGES[k % EDGES.length] : random.nextLong() >> random.nextInt(64);
    }

    private static long expected(Operation op, long a, long b) {
        return switch (op) {
            case RegisterOp row -> row.apply(a, b);
            case ImmediateOp row -> row.apply(a, b);
            case BranchOp row -> row.test(a, b) ? 1 : 0;
            case LoadOp row -> row.extend(a);
            default -> throw new AssertionError(op);
        };
    }

    /// A function of two numbers made of a row's code, as a region has it.
    private static MethodHandle compile(Operation op) throws ReflectiveOperationException {
        ClassDesc self = ClassDesc.of(RowCodeTest.class.getPackageName() + ".Row");
        byte[] bytes = ClassFile.of().build(self, type -> type.withMethodBody("compute", TYPE,
                ClassFile.ACC_STATIC | ClassFile.ACC_PUBLIC, code -> {
                    RowCode row = RowCode.of(op, method(op));
                    switch (op) {
                        case LoadOp _ -> row.emit(code, Descriptors.EXTEND, () -> code.lload(0), null, 4);
                        case BranchOp _ -> {
                            Label taken = code.newLabel();
                            row.emitTest(code, Descriptors.TEST, () -> code.lload(0), () -> code.lload(2), 4, taken);
                            code.lconst_0().lreturn().labelBinding(taken).lconst_1();
                        }
                        default -> row.emit(code, Descriptors.APPLY, () -> code.lload(0), () -> code.lload(2), 4);
                    }
                    code.lreturn();
                }));
        MethodHandles.Lookup hidden = MethodHandles.lookup().defineHiddenClass(bytes, true);
        return hidden.findStatic(hidden.lookupClass(), "compute", MethodType.methodType(long.class, long.class, long.class));
    }
}
