// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import com.oracle.truffle.api.interop.InteropException;
import com.oracle.truffle.api.interop.InteropLibrary;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.penumbra.hart.Hart;
import org.penumbra.machine.Machine;
import org.penumbra.monitor.EventKind;
import org.penumbra.monitor.MachineEvents;
import org.penumbra.monitor.Watch;

/// The listeners of a machine's events: functions of the script, called with the machine stopped after the instruction
/// (`exec`: before it), and recorders, for which it does not stop.
///
/// With no listeners, nothing is registered with the machine.
final class Hooks implements MachineEvents {
    private static final InteropLibrary INTEROP = InteropLibrary.getUncached();

    private final Machine machine;
    private final MachineFactory factory;
    private final List<Hook> hooks = new ArrayList<>();
    private final List<Recorder> recorders = new ArrayList<>();
    private final Set<EventKind> wanted = EnumSet.noneOf(EventKind.class);
    private final ArrayDeque<Call> calls = new ArrayDeque<>();
    private Watch breakpoints = new Watch();
    /// Hart, address and count at which the machine was last stopped before an instruction, so that it can continue
    /// there.
    private int stoppedHart = -1;
    private long stoppedAt;
    private long stoppedCount;

    /// An event as it happened.
    record Event(EventKind kind, int hart, long instruction, long pc, int detail, long first, long second) {
        /// The event as scripts see it.
        ValueMap object() {
            var map = new ValueMap().put("kind", kind.key()).put("hart", hart).put("pc", pc)
                    .put("instruction", instruction);
            String name = kind.detail(detail);
            switch (kind) {
                case EXEC -> map.put("address", first);
                case LOAD, STORE -> map.put("address", first).put("size", detail).put("value", second);
                case TRAP, INTERRUPT -> map.put("cause", detail).put("value", first);
                case EXIT -> map.put("cause", name).put("gva", first).put("gpa", second);
                case FAST_PATH -> map.put("cause", name).put("gva", first);
                case FENCE -> map.put("gva", first).put("asid", second);
                case ROOT -> map.put("old", first).put("new", second);
                case TLB_MISS -> map.put("access", name).put("gva", first);
                case MARK -> map.put("mark", first);
                case MMIO -> map.put("access", name).put("address", first).put("value", second);
                case SBI -> map.put("extension", first).put("function", second);
                case CONSOLE -> map.put("length", first);
            }
            return map;
        }
    }

    /// A function that listens for one kind of events.
    ///
    /// @param filter   required values of event fields, or null
    /// @param function the function, or null for the event that a run waits for
    final class Hook extends MemberObject {
        private final EventKind kind;
        private final ScriptFilter filter;
        private final Object function;

        private Hook(EventKind kind, ScriptFilter filter, Object function) {
            this.kind = kind;
            this.filter = filter;
            this.function = function;
            method("remove", (arguments, _) -> {
                Arguments.count(arguments, 0);
                remove(this);
                return Nothing.INSTANCE;
            });
        }

        @Override
        String describe() {
            return "hook on " + kind.key();
        }
    }

    private record Call(Hook hook, Event event) {
    }

    Hooks(Machine machine, MachineFactory factory) {
        this.machine = machine;
        this.factory = factory;
    }

    Hook add(EventKind kind, ScriptFilter filter, Object function) {
        var hook = new Hook(kind, filter, function);
        hooks.add(hook);
        changed();
        return hook;
    }

    void remove(Hook hook) {
        if (hooks.remove(hook)) {
            changed();
        }
    }

    Recorder record(Set<EventKind> kinds) {
        var recorder = new Recorder(this, kinds, factory);
        recorders.add(recorder);
        changed();
        return recorder;
    }

    void remove(Recorder recorder) {
        recorders.remove(recorder);
        changed();
    }

    private void changed() {
        wanted.clear();
        var accesses = new Watch();
        breakpoints = new Watch();
        for (Hook hook : hooks) {
            wanted.add(hook.kind);
            switch (hook.kind) {
                case EXEC -> hook.filter.addTo(breakpoints);
                case LOAD, STORE -> hook.filter.addTo(accesses);
                default -> {
                }
            }
        }
        recorders.forEach(recorder -> wanted.addAll(recorder.kinds()));
        machine.observe(wanted.isEmpty() ? null : this, accesses, breakpoints);
    }

    @Override
    public void happened(EventKind kind, Hart hart, int detail, long first, long second) {
        if (!wanted.contains(kind)) {
            return;
        }
        var event = new Event(kind, hart.id(), hart.instret(), hart.pc, detail, first, second);
        for (Recorder recorder : recorders) {
            recorder.add(event);
        }
        for (Hook hook : hooks) {
            if (hook.kind == kind && hook.filter.matches(event)) {
                calls.add(new Call(hook, event));
                machine.stop();
            }
        }
    }

    @Override
    public boolean stopsAt(Hart hart) {
        boolean goesOn = stoppedHart == hart.id() && stoppedAt == hart.pc && stoppedCount == hart.instret();
        if (goesOn || !breakpoints.touches(hart.pc, 1)) {
            return false;
        }
        happened(EventKind.EXEC, hart, 0, hart.pc, 0);
        if (calls.isEmpty()) {
            return false;
        }
        stoppedHart = hart.id();
        stoppedAt = hart.pc;
        stoppedCount = hart.instret();
        return true;
    }

    /// Forgets where the machine was stopped, because its state has been replaced.
    void forget() {
        stoppedHart = -1;
        calls.clear();
    }

    /// Calls the functions whose events have occurred.
    ///
    /// @return null, or why the run has to end: `stop` if a function requests it, `event` or `breakpoint` if the
    ///         awaited one occurred
    String dispatch() {
        String end = null;
        for (Call call = calls.poll(); call != null; call = calls.poll()) {
            if (call.hook.function == null) {
                end = call.hook.kind == EventKind.EXEC ? "breakpoint" : "event";
            } else if (hooks.contains(call.hook) && says(call)) {
                end = end == null ? "stop" : end;
            }
        }
        return end;
    }

    private static boolean says(Call call) {
        try {
            return "stop".equals(Arguments.textOrNull(INTEROP.execute(call.hook.function, call.event.object())));
        } catch (InteropException e) {
            throw new RiscvException("the function on " + call.hook.kind.key() + " cannot be called (" + e.getMessage()
                    + ")",
                    RiscvException.USAGE);
        }
    }
}
