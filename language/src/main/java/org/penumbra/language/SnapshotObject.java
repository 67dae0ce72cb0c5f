// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import com.oracle.truffle.api.interop.ArityException;
import com.oracle.truffle.api.interop.UnsupportedTypeException;
import com.oracle.truffle.api.nodes.Node;
import java.util.List;
import org.penumbra.machine.AddedDevice;
import org.penumbra.machine.MachineSnapshot;
import org.penumbra.options.Settings;

/// A saved machine state in a script: `fork({model, …})` creates another machine that continues from it, `save(file)`
/// writes it to a file, and `hash()` is equal for machines that will continue identically; `instructions` and
/// `counters` are the values when it was taken.
final class SnapshotObject extends MemberObject {
    private final MachineFactory factory;
    private final ScriptOptions options;
    private final MachineSnapshot snapshot;
    private final ValueMap counters;

    /// @param options  of the machine it was taken of
    /// @param counters of that machine, or null where they are not known
    SnapshotObject(MachineFactory factory, ScriptOptions options, MachineSnapshot snapshot, ValueMap counters) {
        this.factory = factory;
        this.options = options;
        this.snapshot = snapshot;
        this.counters = counters;
        method("fork", (arguments, _) -> fork(arguments));
        method("save", this::save);
        method("hash", (arguments, _) -> {
            Arguments.count(arguments, 0);
            return snapshot.hash();
        });
        property("instructions", snapshot::instructions);
        property("size", snapshot::size);
        property("model", () -> snapshot.config().model());
        property("counters", () -> counters == null ? Nothing.INSTANCE : counters);
    }

    @Override
    String describe() {
        return "snapshot of " + snapshot.image().name() + " after " + snapshot.instructions() + " instructions";
    }

    MachineSnapshot snapshot() {
        return snapshot;
    }

    ValueMap counters() {
        return counters;
    }

    ScriptMachine fork(Object[] arguments) throws ArityException {
        ScriptOptions own = ScriptOptions.only(options, arguments);
        List<AddedDevice> devices = own.takeDevices();
        own.machine();
        var console = new ScriptConsole();
        return new ScriptMachine(factory, own, factory.fork(own, snapshot, snapshot.config().clock(), "",
                RiscvOptions.get(own, Settings.MAX_INSTRUCTIONS), devices, null, console), console);
    }

    private Object save(Object[] arguments, @SuppressWarnings("unused") Node location)
            throws ArityException, UnsupportedTypeException {
        Arguments.count(arguments, 1);
        factory.save(snapshot, Arguments.text(arguments[0]));
        return Nothing.INSTANCE;
    }
}
