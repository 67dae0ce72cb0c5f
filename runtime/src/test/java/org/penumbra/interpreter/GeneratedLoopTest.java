// SPDX-License-Identifier: Apache-2.0
package org.penumbra.interpreter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.penumbra.code.CodePage;
import org.penumbra.code.Label;
import org.penumbra.isa.AtomicOp;
import org.penumbra.isa.FloatOp;
import org.penumbra.isa.Operation;

/// The checked-in loop and labels are those that [LoopGenerator] makes from the rows as they are now.
final class GeneratedLoopTest {
    @Test
    void generatedSourcesAreFresh() throws IOException {
        Path root = Path.of(System.getProperty("penumbra.root"));
        if (Boolean.getBoolean("penumbra.generate")) {
            LoopGenerator.write(root);
        }
        for (var source : LoopGenerator.sources().entrySet()) {
            String present = Files.readString(LoopGenerator.folder(root).resolve(source.getKey()));
            assertEquals(words(source.getValue()), words(present), source.getKey() + " is stale. Write it with:"
                    + " mvn -B -ntp test -pl runtime -Dtest=GeneratedLoopTest -Dpenumbra.generate=true");
        }
    }

    /// Where lines break is a formatter's matter.
    private static List<String> words(String text) {
        return List.of(text.strip().split("\\s+"));
    }

    @Test
    void eachHotOperationHasItsOwnLabel() {
        var seen = new HashSet<Integer>();
        for (Operation op : Operation.all()) {
            int label = Label.of(op);
            if (HotOperations.all().contains(op)) {
                assertTrue(seen.add(label), op.name());
                assertSame(op, Label.operation(label));
            } else {
                int shared = switch (op) {
                    case FloatOp _ -> Label.FLOAT;
                    case AtomicOp atomic when !atomic.paired() -> Label.ATOMIC;
                    default -> Label.OTHER;
                };
                assertEquals(shared, label, op.name());
            }
        }
        assertTrue(Label.OTHER < ((int) CodePage.UNKEPT & 0xff), "labels reach those of special words");
        for (int label : new int[] {Label.UNDECODED, Label.FLOAT, Label.ATOMIC, Label.OTHER, Label.PAGE_END}) {
            assertNull(Label.operation(label));
        }
    }
}
