// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import com.oracle.truffle.api.interop.InteropException;
import com.oracle.truffle.api.interop.InteropLibrary;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.penumbra.hart.Hart;
import org.penumbra.machine.Machine;
import org.penumbra.monitor.EventKind;
import org.penumbra.monitor.MachineEvents;
import org.penumbra.monitor.Watch;

/// The listeners of a machine's events: functions of the script, called with the machine stopped after the instruction
/// (`exec`: before it), and recorders and coverages, for which it does not stop.
///
/// With no listeners, nothing is registered with the machine.
final class Hooks implements MachineEvents {
    private static final InteropLibrary INTEROP = InteropLibrary.getUncached();

    private final Machine machine;
    private final MachineFactory factory;
    private final List<Hook> hooks = new ArrayList<>();
    private final List<Recorder> recorders = new ArrayList<>();
    private final List<Coverage> coverages = new ArrayList<>();
    private final Set<EventKind> wanted = EnumSet.noneOf(EventKind.class);
    private final ArrayDeque<Call> calls = new ArrayDeque<>();
    private Watch breakpoints = new Watch();
    private boolean suspended;
    /// Hart, address and count at which the machine was last stopped before an instruction, so that it can continue
    /// there.
    private int stoppedHart = -1;
    private long stoppedAt;
    private long stoppedCount;

    /// An event as it happened.
    ///
    /// @param instruction retired by its hart before it
    /// @param total       retired by all harts before it; 0 where it is not known
    record Event(EventKind kind, int hart, long instruction, long total, long pc, int detail, long first,
            long second) {
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

    /// An event of a kind, with all the fields that it has.
    static ValueMap example(EventKind kind) {
        return new Event(kind, 0, 0, 0, 0, 0, 0, 0).object();
    }

    /// What listens for one kind of events.
    final class Hook extends MemberObject {
        private final EventKind kind;
        private final ScriptFilter filter;
        private final Function<Event, String> reaction;

        private Hook(EventKind kind, ScriptFilter filter, Function<Event, String> reaction) {
            this.kind = kind;
            this.filter = filter;
            this.reaction = reaction;
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

    /// Adds a function of a script, which ends the run by returning `stop`.
    Hook add(EventKind kind, ScriptFilter filter, Object function) {
        return add(kind, filter, (Event event) -> says(kind, function, event) ? "stop" : null);
    }

    /// @param filter   which events
    /// @param reaction called with the machine stopped; returns why the run is to end, or null
    Hook add(EventKind kind, ScriptFilter filter, Function<Event, String> reaction) {
        var hook = new Hook(kind, filter, reaction);
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

    void add(Coverage coverage) {
        coverages.add(coverage);
        changed();
    }

    void remove(Coverage coverage) {
        coverages.remove(coverage);
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
        boolean nobody = suspended || wanted.isEmpty() && coverages.isEmpty();
        machine.observe(nobody ? null : this, accesses, coverages.isEmpty() ? breakpoints : Watch.everything());
    }

    /// Makes the machine run without any listener, or with all of them again.
    void suspend(boolean off) {
        suspended = off;
        forget();
        changed();
    }

    @Override
    public void happened(EventKind kind, Hart hart, int detail, long first, long second) {
        if (!wanted.contains(kind)) {
            return;
        }
        var event = new Event(kind, hart.id(), hart.instret(), machine.instructions(), hart.pc, detail, first,
                second);
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
        coverages.forEach(coverage -> coverage.add(hart));
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
            String said = hooks.contains(call.hook) ? call.hook.reaction.apply(call.event) : null;
            end = said != null && (end == null || end.equals("stop")) ? said : end;
        }
        return end;
    }

    private static boolean says(EventKind kind, Object function, Event event) {
        try {
            return "stop".equals(Arguments.textOrNull(INTEROP.execute(function, event.object())));
        } catch (InteropException e) {
            throw new RiscvException("the function on " + kind.key() + " cannot be called (" + e.getMessage()
                    + ")",
                    RiscvException.USAGE);
        }
    }
}
