// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import com.oracle.truffle.api.interop.ArityException;
import com.oracle.truffle.api.interop.UnsupportedMessageException;
import com.oracle.truffle.api.interop.UnsupportedTypeException;
import com.oracle.truffle.api.nodes.Node;

/// The console of a script's machine: `send(text)` types, `read()` returns the guest's output since the last read,
/// `lines` the same as lines, and `expect(pattern, {limit})` runs until a text has been written and returns the output
/// up to its end; it is an error if the run ends before.
final class ConsoleObject extends MemberObject {
    private final ScriptMachine machine;
    private final ScriptConsole console;

    ConsoleObject(ScriptMachine machine, ScriptConsole console) {
        this.machine = machine;
        this.console = console;
        method("send", this::send);
        method("read", (arguments, _) -> {
            Arguments.count(arguments, 0);
            machine.run.check();
            return console.read();
        });
        property("lines", () -> {
            machine.run.check();
            return new ValueList(console.read().lines().toArray());
        });
        method("expect", this::expect);
    }

    @Override
    String describe() {
        return "console of " + machine.describe();
    }

    private Object send(Object[] arguments, @SuppressWarnings("unused") Node location)
            throws ArityException, UnsupportedTypeException, UnsupportedMessageException {
        Arguments.count(arguments, 1);
        machine.run.check();
        byte[] bytes = Arguments.bytes(arguments[0]);
        if (!machine.machine().type(bytes)) {
            throw new RiscvException("the guest has not taken what was typed before: there is no room for "
                    + bytes.length
                    + " bytes; run it first", RiscvException.USAGE);
        }
        return Nothing.INSTANCE;
    }

    private Object expect(Object[] arguments, Node location) throws ArityException {
        Arguments.count(arguments, 1, 2);
        var pattern = new TextPattern(arguments[0]);
        ScriptOptions how = ScriptOptions.of(machine.options(), arguments.length > 1 ? arguments[1] : null);
        long limit = how.takeNumber("limit", Long.MAX_VALUE);
        how.none();
        ValueMap end = machine.run(new Until(null, pattern, null, null, limit), location);
        String text = console.read();
        if (!"text".equals(end.get("reason"))) {
            String last = text.substring(Math.max(0, text.length() - 200)).strip().replaceAll("\\s*\\n\\s*", " | ");
            throw new RiscvException("the guest has not written " + pattern + ": " + end.get("reason") + " after "
                    + end.get("instructions") + " instructions; its last words were: " + last, RiscvException.LIMIT);
        }
        return text;
    }
}
