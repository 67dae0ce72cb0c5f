// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.translator;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeElement;
import java.lang.classfile.Instruction;
import java.lang.classfile.MethodModel;
import java.lang.classfile.Opcode;
import java.lang.classfile.PseudoInstruction;
import java.lang.classfile.instruction.BranchInstruction;
import java.lang.classfile.instruction.ConstantInstruction;
import java.lang.classfile.instruction.ConvertInstruction;
import java.lang.classfile.instruction.FieldInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LabelTarget;
import java.lang.classfile.instruction.LoadInstruction;
import java.lang.classfile.instruction.OperatorInstruction;
import java.lang.classfile.instruction.ReturnInstruction;
import java.lang.classfile.instruction.StackInstruction;
import java.lang.classfile.instruction.StoreInstruction;
import java.lang.constant.MethodTypeDesc;
import java.lang.reflect.AccessFlag;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.penumbra.isa.Operation;
import org.penumbra.isa.RegisterOp;

/// The semantics of an instruction table row, as bytecode that can be inserted into a region's.
///
/// The row's method is taken from its class file and spliced in, with the operands in place of its parameters. So each
/// instruction has one definition, and the host's compilers have nothing to inline. A method that does more than
/// arithmetic on its parameters is called instead.
final class RowCode {
    /// Local variables that a row's method uses for `this` and two operands.
    private static final int PARAMETERS = 5;
    private static final int FIRST = 1;
    private static final int SECOND = 3;
    private static final Map<Operation, RowCode> KNOWN = new ConcurrentHashMap<>();

    /// The constant that stands for the row, and its method.
    private final Member row;
    private final Member method;
    /// What to splice, or null if the method has to be called.
    private final Part[] parts;
    private final int labels;
    private final int choice;

    /// @param body the method's elements if they are to be spliced, else none
    private RowCode(Operation operation, String method, MethodTypeDesc type, List<CodeElement> body) {
        this.row = Descriptors.constant((Enum<?>) operation);
        this.method = Member.method(Descriptors.of(((Enum<?>) operation).getDeclaringClass()), method, type);
        this.choice = choice(body);
        var known = new HashMap<java.lang.classfile.Label, Integer>();
        this.parts = body.isEmpty() ? null : body.stream().map(element -> part(element, known)).toArray(Part[]::new);
        this.labels = known.size();
    }

    /// An instruction or label of a row's method, which writes its counterpart.
    private interface Part {
        void write(Splice splice);
    }

    /// One insertion of a row's code.
    ///
    /// @param labels counterparts of its labels, made when they are needed
    /// @param end    where its returns go
    private record Splice(Bytecode code, Runnable first, Runnable second, int free, Bytecode.Label[] labels,
            Bytecode.Label end) {
        Bytecode.Label label(int index) {
            if (labels[index] == null) {
                labels[index] = code.newLabel();
            }
            return labels[index];
        }
    }

    /// @param method the row's method: `apply`, `test` or `extend`
    /// @param type   of the method
    static RowCode of(Operation row, String method, MethodTypeDesc type) {
        RowCode known = KNOWN.get(row);
        if (known == null) {
            // Two threads may do this at the same time, with the same result.
            known = read(row, method, type);
            KNOWN.put(row, known);
        }
        return known;
    }

    /// Whether it is spliced rather than called.
    boolean isSpliced() {
        return parts != null;
    }

    private static RowCode read(Operation row, String method, MethodTypeDesc type) {
        List<CodeElement> elements = elements(row, method);
        RegisterOp other = delegate(elements);
        return other != null ? of(other, method, type)
                : new RowCode(row, method, type, isSimple(elements) ? elements : List.of());
    }

    /// The elements of the row's method; empty if they are not available.
    private static List<CodeElement> elements(Operation row, String method) {
        Class<?> type = row.getClass();
        String file = type.getName().substring(type.getName().lastIndexOf('.') + 1) + ".class";
        try (InputStream in = type.getResourceAsStream(file)) {
            if (in == null) {
                return List.of();
            }
            var reader = ClassFile.of(ClassFile.DebugElementsOption.DROP_DEBUG,
                    ClassFile.LineNumbersOption.DROP_LINE_NUMBERS);
            for (MethodModel found : reader.parse(in.readAllBytes()).methods()) {
                if (found.methodName().equalsString(method) && found.code().isPresent()
                        && !found.flags().has(AccessFlag.BRIDGE)) {
                    var elements = new ArrayList<CodeElement>();
                    for (CodeElement element : found.code().get()) {
                        if (element instanceof LabelTarget || !(element instanceof PseudoInstruction)) {
                            elements.add(element);
                        }
                    }
                    return elements;
                }
            }
            return List.of();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// The row to which a method merely delegates, as `addi` does to `add`; else null.
    private static RegisterOp delegate(List<CodeElement> elements) {
        List<CodeElement> code = elements.stream().filter(Instruction.class::isInstance).toList();
        if (code.size() == PARAMETERS && code.get(0) instanceof FieldInstruction row && row.opcode() == Opcode.GETSTATIC
                && row.owner().asSymbol().equals(Descriptors.of(RegisterOp.class))
                && code.get(1) instanceof LoadInstruction first && first.slot() == FIRST
                && code.get(2) instanceof LoadInstruction second && second.slot() == SECOND
                && code.get(3) instanceof InvokeInstruction call && call.name().equalsString("apply")) {
            return RegisterOp.valueOf(row.name().stringValue());
        }
        return null;
    }

    /// Whether code consists only of arithmetic, jumps and calls of JDK functions, and does not modify its parameters.
    private static boolean isSimple(List<CodeElement> elements) {
        return !elements.isEmpty() && elements.stream().allMatch(element -> switch (element) {
            case LoadInstruction load -> load.slot() >= FIRST;
            case StoreInstruction store -> store.slot() >= PARAMETERS;
            case InvokeInstruction call -> call.opcode() == Opcode.INVOKESTATIC
                    && call.owner().asInternalName().startsWith("java/lang/");
            case LabelTarget _, BranchInstruction _, ReturnInstruction _, ConstantInstruction _, ConvertInstruction _,
                    OperatorInstruction _, StackInstruction _ -> true;
            default -> false;
        });
    }

    /// Inserts the code, which leaves its result on the stack.
    ///
    /// @param first  pushes its first operand
    /// @param second pushes its second operand; null if it has only one
    /// @param free   first unused local variable
    void emit(Bytecode code, Runnable first, Runnable second, int free) {
        if (isSpliced()) {
            Bytecode.Label end = code.newLabel();
            splice(new Splice(code, first, second, free, new Bytecode.Label[labels], end), parts.length - 1);
            code.labelBinding(end);
        } else {
            call(code, first, second);
        }
    }

    /// Like [#emit] for a test: jumps to `taken` if it holds.
    void emitTest(Bytecode code, Runnable first, Runnable second, int free, Bytecode.Label taken) {
        if (isSpliced() && choice >= 0) {
            var splice = new Splice(code, first, second, free, new Bytecode.Label[labels], taken);
            splice(splice, choice);
            code.goto_(taken);
            parts[choice + 2].write(splice);
        } else {
            emit(code, first, second, free);
            code.ifne(taken);
        }
    }

    private void call(Bytecode code, Runnable first, Runnable second) {
        code.getstatic(row);
        first.run();
        if (second != null) {
            second.run();
        }
        code.invokevirtual(method);
    }

    private void splice(Splice splice, int length) {
        for (int k = 0; k < length; k++) {
            parts[k].write(splice);
        }
    }

    private static Part part(CodeElement element, Map<java.lang.classfile.Label, Integer> known) {
        return switch (element) {
            case LabelTarget target -> {
                int label = index(known, target.label());
                yield splice -> splice.code.labelBinding(splice.label(label));
            }
            case LoadInstruction load when load.slot() == FIRST -> splice -> splice.first.run();
            case LoadInstruction load when load.slot() == SECOND -> splice -> splice.second.run();
            case LoadInstruction load -> switch (load.typeKind()) {
                case LONG -> splice -> splice.code.lload(splice.free + load.slot());
                default -> splice -> splice.code.iload(splice.free + load.slot());
            };
            case StoreInstruction store -> switch (store.typeKind()) {
                case LONG -> splice -> splice.code.lstore(splice.free + store.slot());
                default -> splice -> splice.code.istore(splice.free + store.slot());
            };
            case BranchInstruction branch -> {
                int label = index(known, branch.target());
                Opcode opcode = branch.opcode();
                yield splice -> splice.code.branch(opcode, splice.label(label));
            }
            case ReturnInstruction _ -> splice -> splice.code.goto_(splice.end);
            case ConstantInstruction constant when constant.constantValue() instanceof Long value ->
                splice -> splice.code.loadConstant(value);
            case ConstantInstruction constant -> {
                int value = (Integer) constant.constantValue();
                yield splice -> splice.code.loadConstant(value);
            }
            case InvokeInstruction call -> {
                Member called = Member.method(call.owner().asSymbol(), call.name().stringValue(), call.typeSymbol());
                yield splice -> splice.code.invokestatic(called);
            }
            case Instruction other -> {
                Opcode opcode = other.opcode();
                yield splice -> splice.code.op(opcode);
            }
            default -> throw new IllegalArgumentException(element.toString());
        };
    }

    private static int index(Map<java.lang.classfile.Label, Integer> known, java.lang.classfile.Label label) {
        return known.computeIfAbsent(label, _ -> known.size());
    }

    /// If the body of a test ends with `iconst_1; goto end; otherwise: iconst_0; end: ireturn`, the index of the first
    /// of these, where the jump can be made directly. Otherwise -1.
    private static int choice(List<CodeElement> body) {
        int end = body.size();
        boolean chooses = end >= 6 && is(body.get(end - 1), Opcode.IRETURN) && body.get(end - 2) instanceof LabelTarget
                && is(body.get(end - 3), Opcode.ICONST_0) && body.get(end - 4) instanceof LabelTarget
                && is(body.get(end - 5), Opcode.GOTO) && is(body.get(end - 6), Opcode.ICONST_1)
                && body.subList(0, end - 6).stream().noneMatch(ReturnInstruction.class::isInstance);
        return chooses ? end - 6 : -1;
    }

    private static boolean is(CodeElement element, Opcode opcode) {
        return element instanceof Instruction instruction && instruction.opcode() == opcode;
    }
}
