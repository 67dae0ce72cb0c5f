// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import com.oracle.truffle.api.interop.UnknownIdentifierException;
import com.oracle.truffle.api.interop.UnsupportedTypeException;
import com.oracle.truffle.api.nodes.Node;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.penumbra.hart.Hart;
import org.penumbra.language.gdb.Target;
import org.penumbra.machine.Machine;
import org.penumbra.machine.Outcome;
import org.penumbra.memory.GuestMemory;
import org.penumbra.monitor.EventKind;

/// A machine as gdb drives it. Nothing it does changes a count.
final class MachineTarget implements Target {
    private static final String HIT = "hit";
    private static final String TRAPPED = "trapped";
    /// Turns of other harts in which one is not stepped before the step is given up.
    private static final int LONGEST_STEP = 200;
    /// Instructions between two resumptions up to which gdb has not got ahead, and how often in a row that may be.
    private static final int SHORTEST_RUN = 64;
    private static final int MOST_SHORT_RUNS = 8;

    private final MachineObject object;
    private final MachineRun run;
    private final Machine machine;
    private final Hooks hooks;
    private final Node location;
    private final List<HartObject> views;
    private final List<Hooks.Hook> stops = new ArrayList<>();
    /// The last event at one of the places.
    private Hooks.Event event;
    private Place place;
    /// Where the run was resumed last, and how many short runs there have been in a row.
    private long resumed;
    private int shortRuns;

    MachineTarget(MachineObject object, Node location) {
        this.object = object;
        this.run = object.run;
        this.machine = run.machine();
        this.hooks = object.hooks;
        this.location = location;
        this.views = machine.harts().stream().map(hart -> new HartObject(run, hart)).toList();
    }

    @Override
    public List<Hart> harts() {
        return machine.harts();
    }

    @Override
    public Hart running() {
        return machine.running();
    }

    @Override
    public long read(Hart hart, String register) {
        try {
            return views.get(hart.id()).read(register);
        } catch (UnknownIdentifierException e) {
            throw new IllegalArgumentException(e);
        }
    }

    @Override
    public void write(Hart hart, String register, long value) {
        try {
            views.get(hart.id()).writeMember(register, value);
        } catch (UnknownIdentifierException | UnsupportedTypeException | RiscvException e) {
            throw new IllegalArgumentException(e);
        }
    }

    @Override
    public byte[] read(Hart hart, long address, int length, boolean physical) {
        byte[] bytes = new byte[length];
        int done = inPages(hart, address, length, physical, (gpa, at, count) -> {
            if (machine.memory().contains(gpa, count)) {
                machine.memory().read(gpa, bytes, at, count);
                return true;
            }
            return machine.readRom(gpa, bytes, at, count);
        });
        return Arrays.copyOf(bytes, done);
    }

    @Override
    public boolean write(Hart hart, long address, byte[] bytes, boolean physical) {
        run.changed();
        return inPages(hart, address, bytes.length, physical, (gpa, at, count) -> {
            if (!machine.memory().contains(gpa, count)) {
                return false;
            }
            machine.writeMemory(gpa, bytes, at, count);
            return true;
        }) == bytes.length;
    }

    /// An action on a part of a page.
    private interface Part {
        boolean done(long gpa, int at, int count);
    }

    /// @return bytes done
    private int inPages(Hart hart, long address, int length, boolean physical, Part part) {
        var walk = new TableWalk(machine, hart);
        int at = 0;
        while (at < length) {
            long gva = address + at;
            int count = (int) Math.min(length - at, GuestMemory.PAGE_SIZE - (gva & GuestMemory.PAGE_OFFSET));
            long gpa = physical ? gva : walk.translate(gva);
            if (gpa == -1 || !part.done(gpa, at, count)) {
                return at;
            }
            at += count;
        }
        return at;
    }

    @Override
    public void stopAt(List<Place> places) {
        stops.forEach(hooks::remove);
        stops.clear();
        for (Place one : places) {
            if (one.kind() != Reason.READ) {
                add(one.kind() == Reason.BREAKPOINT ? EventKind.EXEC : EventKind.STORE, one);
            }
            if (one.kind() == Reason.READ || one.kind() == Reason.ACCESS) {
                add(EventKind.LOAD, one);
            }
        }
    }

    private void add(EventKind kind, Place where) {
        stops.add(hooks.add(kind, ScriptFilter.at(where.address(), where.size()), (Hooks.Event happened) -> {
            event = happened;
            place = where;
            return HIT;
        }));
    }

    @Override
    public Stop resume(Hart shown) {
        return run.owning(() -> {
            // gdb steps one hart by a breakpoint, which others on their way meet as well: each gets there in turn.
            // Where one can go back, turns are those of a run without gdb, unless gdb would have to go round for ever.
            if (!reversible()) {
                machine.endTurn();
            } else if (goesRound(shown)) {
                machine.endTurn();
                run.changed();
                shortRuns = 0;
            }
            String told;
            do {
                run.proceed(Long.MAX_VALUE, location);
                told = hooks.dispatch();
            } while (told == null && !run.isInterrupted() && machine.outcome() == null && !object.isStopAsked());
            return stop(told, Reason.INTERRUPTED, machine.running());
        });
    }

    /// Whether gdb waits for one hart, and another meets the breakpoint again and again.
    private boolean goesRound(Hart shown) {
        long now = machine.instructions();
        shortRuns = shown != machine.running() && Math.abs(now - resumed) < SHORTEST_RUN ? shortRuns + 1 : 0;
        resumed = now;
        return shortRuns >= MOST_SHORT_RUNS;
    }

    private Stop stop(String told, Reason otherwise, Hart hart) {
        run.clearInterrupt();
        Outcome outcome = machine.outcome();
        if (outcome != null && outcome.reason() == Outcome.Reason.POWER_OFF) {
            return new Stop(Reason.EXITED, hart.id(), 0, outcome.status());
        }
        return HIT.equals(told) ? new Stop(place.kind(), event.hart(), place.address(), 0)
                : new Stop(otherwise, hart.id(), 0, 0);
    }

    @Override
    public Stop step(Hart hart) {
        return run.owning(() -> {
            long count = hart.instret();
            Hooks.Hook trap = hooks.add(EventKind.TRAP, ScriptFilter.ALL, (Hooks.Event happened) ->
                    happened.hart() == hart.id() ? TRAPPED : null);
            try {
                String told = null;
                boolean done = false;
                for (int tries = 0; !done && tries < LONGEST_STEP; tries++) {
                    // Other harts have their turns as in any run, and not by single instructions.
                    run.proceed(machine.running() == hart ? 1 : machine.turnLeft(), location);
                    told = hooks.dispatch();
                    done = told != null || run.isInterrupted() || machine.outcome() != null || hart.instret() != count;
                }
                return stop(told, Reason.STEP, hart);
            } finally {
                hooks.remove(trap);
            }
        });
    }

    @Override
    public boolean reversible() {
        return run.history() != null;
    }

    @Override
    public Stop stepBack() {
        return run.owning(() -> {
            long wanted = machine.instructions() - 1;
            return new Stop(goTo(wanted) ? Reason.STEP : Reason.BEGINNING, machine.running().id(), 0, 0);
        });
    }

    /// Goes there without stopping anywhere else.
    private boolean goTo(long instruction) {
        hooks.suspend(true);
        try {
            return run.goTo(instruction, location);
        } finally {
            hooks.suspend(false);
        }
    }

    @Override
    public Stop back() {
        return run.owning(() -> {
            History history = run.history();
            long now = machine.instructions();
            run.goTo(now, location);
            for (int point = history.before(now - 1); point >= 0; point--) {
                long end = point + 1 < history.size() ? Math.min(history.at(point + 1), now) : now;
                history.setBack(point, run);
                hooks.forget();
                Hooks.Event last = null;
                Place where = null;
                while (machine.instructions() < end && !run.isInterrupted()) {
                    run.proceed(end - machine.instructions(), location);
                    boolean hit = HIT.equals(hooks.dispatch());
                    if (hit && event.total() < end) {
                        last = event;
                        where = place;
                    }
                    if (!hit && machine.outcome() != null) {
                        break;
                    }
                }
                if (last != null) {
                    goTo(last.total());
                    return new Stop(where.kind(), last.hart(), where.address(), 0);
                }
                if (run.isInterrupted()) {
                    run.clearInterrupt();
                    return new Stop(Reason.INTERRUPTED, machine.running().id(), 0, 0);
                }
            }
            goTo(history.first());
            return new Stop(Reason.BEGINNING, machine.running().id(), 0, 0);
        });
    }

    @Override
    public void interrupt() {
        run.interrupt();
    }

    @Override
    public String monitor(Hart hart, String command) {
        return new MonitorCommands(object, new TableWalk(machine, hart)).answer(command);
    }
}
