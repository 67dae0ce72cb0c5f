// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.translator;

import static java.lang.constant.ConstantDescs.CD_long;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.classfile.ClassFile;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.VarHandle;
import java.util.List;
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

    private static MethodTypeDesc type(Operation op) {
        return switch (op) {
            case BranchOp _ -> Descriptors.TEST;
            case LoadOp _ -> Descriptors.EXTEND;
            default -> Descriptors.APPLY;
        };
    }

    @Test
    void everyRowIsSplicedOrListedAsCalled() {
        var called = new TreeSet<String>();
        for (Operation op : Operation.all()) {
            if (method(op) != null && !RowCode.of(op, method(op), type(op)).isSpliced()) {
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
            var compiled = new Compiled(op);
            for (int k = 0; k < 400; k++) {
                long a = operand(random, k);
                long b = operand(random, k / EDGES.length);
                assertEquals(expected(op, a, b), compiled.compute(a, b), op + " of " + a + " and " + b);
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

    /// A row's code as a region has it, in a class whose fields are its operands and its result.
    private static final class Compiled {
        private static final Member A = Member.own("a", CD_long);
        private static final Member B = Member.own("b", CD_long);
        private static final Member RESULT = Member.own("result", CD_long);

        private final VarHandle a;
        private final VarHandle b;
        private final VarHandle result;
        private final MethodHandle compute;

        Compiled(Operation op) throws ReflectiveOperationException {
            String self = Compiled.class.getPackageName().replace('.', '/') + "/Row";
            var type = new ClassWriter(Translator.VERSION, 0, self, "java/lang/Object");
            for (Member field : List.of(A, B, RESULT)) {
                type.field(ClassFile.ACC_STATIC, field);
            }
            Bytecode code = type.code(true);
            write(op, code);
            type.add(ClassFile.ACC_STATIC, "compute", "()V", code.putstatic(RESULT).return_());
            MethodHandles.Lookup hidden = MethodHandles.lookup()
                    .defineHiddenClass(Translator.withStackMaps(type.toBytes()), true);
            Class<?> row = hidden.lookupClass();
            a = hidden.findStaticVarHandle(row, "a", long.class);
            b = hidden.findStaticVarHandle(row, "b", long.class);
            result = hidden.findStaticVarHandle(row, "result", long.class);
            compute = hidden.findStatic(row, "compute", MethodType.methodType(void.class));
        }

        private static void write(Operation op, Bytecode code) {
            Runnable first = () -> code.getstatic(A);
            Runnable second = () -> code.getstatic(B);
            switch (op) {
                case LoadOp _ -> RowCode.of(op, method(op), type(op)).emit(code, first, null, 4);
                case BranchOp _ -> {
                    Bytecode.Label taken = code.newLabel();
                    Bytecode.Label end = code.newLabel();
                    RowCode.of(op, method(op), type(op)).emitTest(code, first, second, 4, taken);
                    code.lconst_0().goto_(end).labelBinding(taken).loadConstant(1L).labelBinding(end);
                }
                default -> RowCode.of(op, method(op), type(op)).emit(code, first, second, 4);
            }
        }

        long compute(long first, long second) throws Throwable {
            a.set(first);
            b.set(second);
            compute.invokeExact();
            return (long) result.get();
        }
    }
}
