// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import com.oracle.truffle.api.exception.AbstractTruffleException;
import com.oracle.truffle.api.interop.InteropException;
import com.oracle.truffle.api.interop.InteropLibrary;
import java.util.function.Consumer;
import org.penumbra.device.Device;
import org.penumbra.device.DeviceTree;
import org.penumbra.device.GuestMemoryAccess;
import org.penumbra.device.InterruptLine;
import org.penumbra.machine.AddedDevice;
import org.penumbra.snapshot.State;
import org.penumbra.snapshot.StateException;

/// A device that a script implements: an object with `at`, `size`, `read(offset, size)` and `write(offset, size,
/// value)`, and, if it likes, `irq`, `compatible`, `reset()`, `save()` and `load(saved)`.
///
/// It is given `raise()`, `lower()` (in Python also `raise_()`) for its interrupt line and `dma`, with `read(address,
/// n)` and `write(address, bytes)`. Its functions are called in the middle of the guest's instruction; an exception of
/// one ends the run after it.
final class ScriptDevice implements Device {
    private static final InteropLibrary INTEROP = InteropLibrary.getUncached();
    private static final long LARGEST = 1L << 32;
    private static final int MOST_DMA = 1 << 26;

    private final Plan plan;
    private final InterruptLine line;

    /// A device to be made.
    static final class Plan implements AddedDevice {
        private final Object object;
        private final long at;
        private final long size;
        private final int interrupt;
        private final String compatible;
        private Consumer<RuntimeException> failed = problem -> {
            throw problem;
        };

        /// @throws RiscvException if the object is no device
        Plan(Object object) {
            this.object = object;
            this.at = number("at", -1);
            this.size = number("size", -1);
            this.interrupt = (int) number("irq", 0);
            this.compatible = text("compatible");
            if (at < 0 || size <= 0 || size > LARGEST || !has("read") || !has("write")) {
                throw new RiscvException("a device has at, size, read(offset, size) and write(offset, size, value); "
                        + "this one is " + INTEROP.toDisplayString(object), RiscvException.USAGE);
            }
        }

        private boolean has(String member) {
            return INTEROP.isMemberReadable(object, member);
        }

        private long number(String member, long otherwise) {
            try {
                return has(member) ? Arguments.number(INTEROP.readMember(object, member)) : otherwise;
            } catch (InteropException e) {
                throw new RiscvException("a device's " + member + " is a number", RiscvException.USAGE);
            }
        }

        private String text(String member) {
            try {
                return has(member) ? Arguments.text(INTEROP.readMember(object, member)) : "penumbra,script-device";
            } catch (InteropException e) {
                throw new RiscvException("a device's " + member + " is a text", RiscvException.USAGE);
            }
        }

        /// Sets the listener for exceptions of the script.
        void whenFails(Consumer<RuntimeException> listener) {
            failed = listener;
        }

        @Override
        public long at() {
            return at;
        }

        @Override
        public int interrupt() {
            return interrupt;
        }

        @Override
        public Device make(InterruptLine line, GuestMemoryAccess memory) {
            return new ScriptDevice(this, line, memory);
        }

        @Override
        public AddedDevice again() {
            try {
                if (INTEROP.hasMetaObject(object)) {
                    Object made = INTEROP.instantiate(INTEROP.getMetaObject(object));
                    if (INTEROP.isMemberReadable(made, "read")) {
                        return new Plan(made);
                    }
                }
            } catch (InteropException | AbstractTruffleException e) {
                // It cannot be made like this.
            }
            throw new IllegalArgumentException("another machine needs another device at 0x" + Long.toHexString(at)
                    + ": make it an object of a class whose constructor needs no arguments, or give "
                    + "fork({devices: […]})");
        }
    }

    private ScriptDevice(Plan plan, InterruptLine line, GuestMemoryAccess memory) {
        this.plan = plan;
        this.line = line;
        give("raise", new Level(true));
        give("raise_", new Level(true));
        give("lower", new Level(false));
        give("dma", new Dma(memory));
    }

    private void give(String member, Object value) {
        try {
            if (INTEROP.isMemberInsertable(plan.object, member) || INTEROP.isMemberModifiable(plan.object, member)) {
                INTEROP.writeMember(plan.object, member, value);
            }
        } catch (InteropException e) {
            throw new RiscvException("a device must be an object that takes '" + member + "'", RiscvException.USAGE);
        }
    }

    /// A function that sets the interrupt line.
    private final class Level extends FunctionObject {
        private final boolean high;

        Level(boolean high) {
            this.high = high;
        }

        @Override
        Object call(Object[] arguments) {
            line.set(high);
            return Nothing.INSTANCE;
        }
    }

    /// RAM as the device sees it.
    private static final class Dma extends MemberObject {
        Dma(GuestMemoryAccess memory) {
            method("read", (arguments, _) -> {
                Arguments.count(arguments, 2);
                long address = Arguments.number(arguments[0]);
                byte[] bytes = new byte[(int) Arguments.number(arguments[1], 0, MOST_DMA)];
                check(memory, address, bytes.length);
                memory.read(address, bytes, 0, bytes.length);
                return new ByteList(bytes);
            });
            method("write", (arguments, _) -> {
                Arguments.count(arguments, 2);
                long address = Arguments.number(arguments[0]);
                byte[] bytes = Arguments.bytes(arguments[1]);
                check(memory, address, bytes.length);
                memory.write(address, bytes, 0, bytes.length);
                return Nothing.INSTANCE;
            });
        }

        private static void check(GuestMemoryAccess memory, long address, int length) {
            if (!memory.contains(address, length)) {
                throw new RiscvException("0x" + Long.toHexString(address) + " + " + length + " is not all RAM",
                        RiscvException.USAGE);
            }
        }

        @Override
        String describe() {
            return "direct memory access";
        }
    }

    /// @return null if it has failed, or has no such function
    private Object call(String function, Object... arguments) {
        try {
            return INTEROP.isMemberReadable(plan.object, function)
                    ? INTEROP.invokeMember(plan.object, function, arguments) : null;
        } catch (InteropException e) {
            plan.failed.accept(new RiscvException("the device's " + function + " cannot be called (" + e.getMessage()
                    + ")", RiscvException.USAGE));
        } catch (AbstractTruffleException e) {
            plan.failed.accept(e);
        }
        return null;
    }

    @Override
    public long size() {
        return plan.size;
    }

    @Override
    public long read(long offset, int size) {
        Object value = call("read", offset, size);
        if (value == null || INTEROP.isNull(value)) {
            return 0;
        }
        try {
            long number = Arguments.number(value);
            return size == Long.BYTES ? number : number & (1L << Byte.SIZE * size) - 1;
        } catch (InteropException e) {
            plan.failed.accept(new RiscvException("the device's read gives a number, not "
                    + INTEROP.toDisplayString(value), RiscvException.USAGE));
            return 0;
        }
    }

    @Override
    public void write(long offset, int size, long value) {
        call("write", offset, size, size == Long.BYTES ? value : value & (1L << Byte.SIZE * size) - 1);
    }

    @Override
    public void describe(DeviceTree.Node parent, long base) {
        String[] name = plan.compatible.split(",");
        DeviceTree.Node node = parent.child(name[name.length - 1], base).strings("compatible", plan.compatible)
                .reg(base, plan.size);
        if (plan.interrupt > 0) {
            node.interrupt(DeviceTree.INTERRUPT_CONTROLLER, plan.interrupt);
        }
    }

    @Override
    public void reset() {
        call("reset");
        line.set(false);
    }

    /// What `save` gives: numbers, texts, and arrays and dictionaries of them.
    @Override
    public void transfer(State state) {
        if (state.restores()) {
            Object saved = SavedValue.read(state);
            if (saved != Nothing.INSTANCE) {
                call("load", saved);
            }
            return;
        }
        Object saved = call("save");
        try {
            SavedValue.write(state, saved == null ? Nothing.INSTANCE : saved);
        } catch (InteropException e) {
            throw new StateException("the device at 0x" + Long.toHexString(plan.at) + " saves what is neither number, "
                    + "text, array nor dictionary");
        }
    }
}
