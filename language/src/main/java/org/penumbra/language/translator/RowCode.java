// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.translator;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.Instruction;
import java.lang.classfile.Label;
import java.lang.classfile.MethodModel;
import java.lang.classfile.Opcode;
import java.lang.classfile.PseudoInstruction;
import java.lang.classfile.instruction.BranchInstruction;
import java.lang.classfile.instruction.ConstantInstruction;
import java.lang.classfile.instruction.ConvertInstruction;
import java.lang.classfile.instruction.FieldInstruction;
import java.lang.classfile.instruction.IncrementInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LabelTarget;
import java.lang.classfile.instruction.LoadInstruction;
import java.lang.classfile.instruction.OperatorInstruction;
import java.lang.classfile.instruction.ReturnInstruction;
import java.lang.classfile.instruction.StackInstruction;
import java.lang.classfile.instruction.StoreInstruction;
import java.lang.constant.ClassDesc;
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

    private final Operation row;
    private final String method;
    /// The elements to splice, or null if the method has to be called.
    private final List<CodeElement> body;

    private RowCode(Operation row, String method, List<CodeElement> body) {
        this.row = row;
        this.method = method;
        this.body = body;
    }

    /// @param method the row's method: `apply`, `test` or `extend`
    static RowCode of(Operation row, String method) {
        RowCode known = KNOWN.get(row);
        if (known == null) {
            // Two threads may do this at the same time, with the same result.
            known = read(row, method);
            KNOWN.put(row, known);
        }
        return known;
    }

    /// Whether it is spliced rather than called.
    boolean isSpliced() {
        return body != null;
    }

    private static RowCode read(Operation row, String method) {
        List<CodeElement> elements = elements(row, method);
        RegisterOp other = delegate(elements);
        return other != null ? of(other, method) : new RowCode(row, method, isSimple(elements) ? elements : null);
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
            case IncrementInstruction increment -> increment.slot() >= PARAMETERS;
            case InvokeInstruction call -> call.opcode() == Opcode.INVOKESTATIC
                    && call.owner().asInternalName().startsWith("java/lang/");
            case LabelTarget _, BranchInstruction _, ReturnInstruction _, ConstantInstruction _, ConvertInstruction _,
                    OperatorInstruction _, StackInstruction _ -> true;
            default -> false;
        });
    }

    /// Inserts the code, which leaves its result on the stack.
    ///
    /// @param type   of the method
    /// @param first  pushes its first operand
    /// @param second pushes its second operand; null if it has only one
    /// @param free   first unused local variable
    void emit(CodeBuilder code, MethodTypeDesc type, Runnable first, Runnable second, int free) {
        if (isSpliced()) {
            splice(code, first, second, free, body.size(), code.newLabel(), new HashMap<>());
        } else {
            call(code, type, first, second);
        }
    }

    /// Like [#emit] for a test: jumps to `taken` if it holds.
    void emitTest(CodeBuilder code, MethodTypeDesc type, Runnable first, Runnable second, int free, Label taken) {
        int choice = choice();
        if (isSpliced() && choice >= 0) {
            var labels = new HashMap<Label, Label>();
            splice(code, first, second, free, choice, taken, labels);
            code.goto_(taken);
            code.labelBinding(counterpart(code, labels, ((LabelTarget) body.get(choice + 2)).label()));
        } else {
            emit(code, type, first, second, free);
            code.ifne(taken);
        }
    }

    private void call(CodeBuilder code, MethodTypeDesc type, Runnable first, Runnable second) {
        ClassDesc owner = Descriptors.of(((Enum<?>) row).getDeclaringClass());
        code.getstatic(owner, row.name(), owner);
        first.run();
        if (second != null) {
            second.run();
        }
        code.invokevirtual(owner, method, type);
    }

    /// If the body of a test ends with `iconst_1; goto end; otherwise: iconst_0; end: ireturn`, the index of the first
    /// of these, where the jump can be made directly. Otherwise -1.
    private int choice() {
        int end = body == null ? 0 : body.size();
        boolean chooses = end >= 6 && is(end - 1, Opcode.IRETURN) && body.get(end - 2) instanceof LabelTarget
                && is(end - 3, Opcode.ICONST_0) && body.get(end - 4) instanceof LabelTarget && is(end - 5, Opcode.GOTO)
                && is(end - 6, Opcode.ICONST_1)
                && body.subList(0, end - 6).stream().noneMatch(ReturnInstruction.class::isInstance);
        return chooses ? end - 6 : -1;
    }

    private boolean is(int index, Opcode opcode) {
        return body.get(index) instanceof Instruction instruction && instruction.opcode() == opcode;
    }

    /// Copies the first `length` elements. A return becomes a jump to the end.
    private void splice(CodeBuilder code, Runnable first, Runnable second, int free, int length, Label taken,
            Map<Label, Label> labels) {
        Label end = length == body.size() ? taken : null;
        for (int k = 0; k < length; k++) {
            CodeElement element = body.get(k);
            switch (element) {
                case LabelTarget target -> code.labelBinding(counterpart(code, labels, target.label()));
                case LoadInstruction load when load.slot() == FIRST -> first.run();
                case LoadInstruction load when load.slot() == SECOND && second != null -> second.run();
                case LoadInstruction load -> code.loadLocal(load.typeKind(), free + load.slot());
                case StoreInstruction store -> code.storeLocal(store.typeKind(), free + store.slot());
                case IncrementInstruction increment -> code.iinc(free + increment.slot(), increment.constant());
                case BranchInstruction branch -> code.branch(branch.opcode(),
                        counterpart(code, labels, branch.target()));
                case ReturnInstruction _ -> {
                    if (k != length - 1) {
                        code.goto_(end);
                    }
                }
                case ConstantInstruction constant -> code.loadConstant(constant.constantValue());
                default -> code.with(element);
            }
        }
        if (end != null) {
            code.labelBinding(end);
        }
    }

    private static Label counterpart(CodeBuilder code, Map<Label, Label> labels, Label original) {
        return labels.computeIfAbsent(original, unused -> code.newLabel());
    }
}
