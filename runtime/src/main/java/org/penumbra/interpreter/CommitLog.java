// SPDX-License-Identifier: Apache-2.0
package org.penumbra.interpreter;

import java.io.IOException;
import java.io.Writer;
import java.util.List;
import org.penumbra.code.CodePage;
import org.penumbra.hart.GuestTrap;
import org.penumbra.hart.Hart;
import org.penumbra.hart.TrapCause;
import org.penumbra.isa.Instruction;
import org.penumbra.monitor.Monitor;

/// Executes one instruction at a time and logs its effects in the format of Spike's commit log: privilege, pc,
/// instruction, registers and CSRs written, addresses loaded from, addresses and values stored.
///
/// Exceptions and interrupts are separate lines, as with `spike -l`. The effects of an instruction are derived from its
/// table row and the state before and after it, so no other code has to support logging.
public final class CommitLog {
    private static final int FLUSH_AT = 1 << 16;

    private final Writer out;
    private final StringBuilder text = new StringBuilder(FLUSH_AT + 256);
    private final Core[] cores;

    /// Registers itself as the observer of the harts' traps.
    ///
    /// @param monitors of all harts, by hart id
    public CommitLog(List<Monitor> monitors, Writer out) {
        this.out = out;
        this.cores = monitors.stream().map(Core::new).toArray(Core[]::new);
    }

    /// Executes the instruction at the pc of a hart that is ready to run. If it traps, the trap is left pending.
    ///
    /// @throws IOException if the log cannot be written; the hart's state is complete nevertheless
    public void step(Hart hart) throws IOException {
        if (text.length() >= FLUSH_AT) {
            write();
        }
        cores[hart.id()].step();
    }

    /// State of one hart.
    private final class Core {
        private final Hart hart;
        private final Monitor monitor;
        private final Execution execution;
        private final CommitEffects effects;
        private final String name;

        Core(Monitor monitor) {
            this.monitor = monitor;
            this.hart = monitor.hart();
            this.effects = new CommitEffects(hart, monitor);
            this.execution = new Execution(hart, monitor, effects);
            String id = Integer.toString(hart.id());
            this.name = "core" + " ".repeat(Math.max(0, 4 - id.length())) + id;
            hart.observe(this::trapTaken);
        }

        void step() {
            long pc = hart.pc;
            CodePage page = monitor.fetch(pc);
            Instruction instruction = page == null ? null : instruction(page, pc);
            if (instruction == null) {
                return;
            }
            int privilege = hart.privilege;
            long count = hart.instret();
            effects.before(instruction);
            // Fetched only once: a second fetch might count another TLB miss.
            execution.step(instruction);
            if (hart.instret() != count) {
                line(privilege, pc, instruction);
            }
        }

        /// @return null with a trap pending
        private Instruction instruction(CodePage page, long pc) {
            try {
                return Execution.fetch(monitor, page, pc);
            } catch (GuestTrap trap) {
                hart.raise(trap);
                return null;
            }
        }

        private void line(int privilege, long pc, Instruction i) {
            text.append(name).append(": ").append(privilege).append(' ');
            hex(text, pc, 16).append(" (");
            hex(text, Integer.toUnsignedLong(i.bits()), 2 * i.length()).append(')');
            effects.after(i, text);
            text.append('\n');
        }

        private void trapTaken(boolean interrupt, int cause, long tval) {
            text.append(name).append(": exception ").append(interrupt ? "interrupt #" + cause : causeName(cause))
                    .append(", epc ");
            hex(text, hart.pc, 16).append('\n');
            boolean call = cause >= TrapCause.ENVIRONMENT_CALL && cause <= TrapCause.ENVIRONMENT_CALL + Hart.MACHINE;
            if (!interrupt && !call) {
                text.append(name).append(":           tval ");
                hex(text, tval, 16).append('\n');
            }
        }
    }

    private static String causeName(int cause) {
        return switch (cause) {
            case TrapCause.FETCH_MISALIGNED -> "trap_instruction_address_misaligned";
            case TrapCause.FETCH_ACCESS_FAULT -> "trap_instruction_access_fault";
            case TrapCause.ILLEGAL_INSTRUCTION -> "trap_illegal_instruction";
            case TrapCause.BREAKPOINT -> "trap_breakpoint";
            case TrapCause.LOAD_MISALIGNED -> "trap_load_address_misaligned";
            case TrapCause.LOAD_ACCESS_FAULT -> "trap_load_access_fault";
            case TrapCause.STORE_MISALIGNED -> "trap_store_address_misaligned";
            case TrapCause.STORE_ACCESS_FAULT -> "trap_store_access_fault";
            case TrapCause.ENVIRONMENT_CALL + Hart.USER -> "trap_user_ecall";
            case TrapCause.ENVIRONMENT_CALL + Hart.SUPERVISOR -> "trap_supervisor_ecall";
            case TrapCause.ENVIRONMENT_CALL + Hart.MACHINE -> "trap_machine_ecall";
            case TrapCause.GUEST_ENVIRONMENT_CALL -> "trap_virtual_supervisor_ecall";
            case TrapCause.FETCH_GUEST_PAGE_FAULT -> "trap_instruction_guest_page_fault";
            case TrapCause.LOAD_GUEST_PAGE_FAULT -> "trap_load_guest_page_fault";
            case TrapCause.STORE_GUEST_PAGE_FAULT -> "trap_store_guest_page_fault";
            case TrapCause.VIRTUAL_INSTRUCTION -> "trap_virtual_instruction";
            case TrapCause.FETCH_PAGE_FAULT -> "trap_instruction_page_fault";
            case TrapCause.LOAD_PAGE_FAULT -> "trap_load_page_fault";
            case TrapCause.STORE_PAGE_FAULT -> "trap_store_page_fault";
            default -> "trap #" + cause;
        };
    }

    static StringBuilder hex(StringBuilder text, long value, int digits) {
        text.append("0x");
        for (int shift = 4 * digits - 4; shift >= 0; shift -= 4) {
            text.append(Character.forDigit((int) (value >>> shift) & 15, 16));
        }
        return text;
    }

    /// Flushes all lines so far.
    public void flush() throws IOException {
        write();
        out.flush();
    }

    private void write() throws IOException {
        out.append(text);
        text.setLength(0);
    }
}
