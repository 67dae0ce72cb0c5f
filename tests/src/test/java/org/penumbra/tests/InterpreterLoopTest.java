// SPDX-License-Identifier: Apache-2.0
package org.penumbra.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.instruction.InvokeInstruction;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// The interpreter's loop is to be one piece of code: around a call that the host's compiler leaves there, all that the
/// loop works with lives in memory. That compiler leaves out what its profile has not seen, unless it is an intrinsic or
/// `compiler-directives.json` says otherwise, and nothing but the speed would tell.
final class InterpreterLoopTest {

    private static final String LOOP = "org/penumbra/interpreter/InterpreterLoop";
    private static final Set<String> INLINED = Set.of(
            "Ljdk/internal/vm/annotation/IntrinsicCandidate;", "Ljdk/internal/vm/annotation/ForceInline;");
    /// A name of a class, perhaps with a star, and of a method, as in `"+java/lang/Long.rotate*"`.
    private static final Pattern DIRECTIVE = Pattern.compile("\"\\+([\\w/$*]+\\.[\\w*]+)\"");

    private static List<Pattern> directives;

    @BeforeAll
    static void read() throws IOException {
        directives = DIRECTIVE.matcher(Files.readString(Path.of(System.getProperty("penumbra.root"), "language",
                "compiler-directives.json"))).results()
                .map(found -> Pattern.compile(found.group(1).replace(".", "\\.").replace("$", "\\$").replace("*", ".*")))
                .toList();
        assertTrue(directives.size() > 5, "only these: " + directives);
    }

    @Test
    void allThatTheLoopCallsIsInlined() throws IOException {
        Set<String> seen = new HashSet<>();
        List<String> calls = new ArrayList<>();
        Deque<Callee> open = new ArrayDeque<>(List.of(new Callee(LOOP, "loop", "()I")));
        while (!open.isEmpty()) {
            Callee caller = open.remove();
            for (MethodModel body : caller.bodies()) {
                for (Callee callee : callees(body)) {
                    if (!seen.add(callee.toString())) {
                        continue;
                    }
                    if (!callee.inlined()) {
                        calls.add(caller + " calls " + callee);
                    } else if (callee.owner.startsWith("org/penumbra/")) {
                        open.add(callee);
                    }
                }
            }
        }
        assertTrue(seen.stream().anyMatch(name -> name.startsWith("java/lang/Long.rotate")), "not followed: " + seen);
        assertEquals(List.of(), calls);
    }

    private static List<Callee> callees(MethodModel body) {
        return body.code().stream().flatMap(code -> code.elementStream())
                .filter(InvokeInstruction.class::isInstance).map(InvokeInstruction.class::cast)
                .map(call -> new Callee(call.owner().asInternalName(), call.name().stringValue(), call.type().stringValue()))
                .toList();
    }

    private record Callee(String owner, String name, String type) {

        boolean inlined() throws IOException {
            String text = owner + "." + name;
            return directives.stream().anyMatch(directive -> directive.matcher(text).matches())
                    || bodies().stream().anyMatch(body -> body.findAttribute(Attributes.runtimeVisibleAnnotations()).stream()
                            .flatMap(all -> all.annotations().stream())
                            .anyMatch(annotation -> INLINED.contains(annotation.className().stringValue())));
        }

        /// Those with code of the class and of the classes nested in it: the constants of an enum may each have their own.
        List<MethodModel> bodies() throws IOException {
            List<MethodModel> bodies = new ArrayList<>();
            for (ClassModel type : classes()) {
                type.methods().stream()
                        .filter(method -> method.code().isPresent() && method.methodName().equalsString(name)
                                && method.methodType().equalsString(this.type))
                        .forEach(bodies::add);
            }
            return bodies;
        }

        private List<ClassModel> classes() throws IOException {
            List<ClassModel> found = new ArrayList<>();
            for (int nested = 0;; nested++) {
                String file = "/" + owner + (nested == 0 ? "" : "$" + nested) + ".class";
                try (InputStream in = InterpreterLoopTest.class.getResourceAsStream(file)) {
                    if (in == null) {
                        return found;
                    }
                    found.add(ClassFile.of().parse(in.readAllBytes()));
                }
            }
        }

        @Override
        public String toString() {
            return owner + "." + name + type;
        }
    }
}
