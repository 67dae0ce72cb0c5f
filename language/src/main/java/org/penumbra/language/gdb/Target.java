// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.gdb;

import java.util.List;
import org.penumbra.hart.Hart;

/// What a debugger needs of a machine. All methods but [#interrupt] are called on the machine's thread while it stands
/// still. Addresses are virtual unless said otherwise.
public interface Target {
    /// Why a run ended.
    enum Reason {
        /// The instructions asked for were executed.
        STEP,
        BREAKPOINT, READ, WRITE, ACCESS,
        /// The debugger interrupted it.
        INTERRUPTED,
        /// The guest has ended the run.
        EXITED,
        /// Going back, the beginning of what is remembered was reached.
        BEGINNING
    }

    /// How a run ended.
    ///
    /// @param hart    the hart concerned
    /// @param address for watched accesses: the address watched
    /// @param status  exit status if it ended
    record Stop(Reason reason, int hart, long address, int status) {
    }

    /// A place at which runs are to stop.
    ///
    /// @param kind BREAKPOINT, READ, WRITE or ACCESS
    /// @param size bytes of an access, at least 1
    record Place(Reason kind, long address, long size) {
    }

    List<Hart> harts();

    /// The hart whose turn it is.
    Hart running();

    /// A register or CSR by name, 64 bits.
    long read(Hart hart, String register);

    void write(Hart hart, String register, long value);

    /// Reads memory; fewer bytes where not all of it is there.
    byte[] read(Hart hart, long address, int length, boolean physical);

    /// @return whether all of it is RAM
    boolean write(Hart hart, long address, byte[] bytes, boolean physical);

    /// Sets all places at which runs stop.
    void stopAt(List<Place> places);

    /// Runs until something ends the run.
    ///
    /// @param shown the hart that gdb looks at
    Stop resume(Hart shown);

    /// Executes one instruction of a hart, or takes its trap.
    Stop step(Hart hart);

    /// Whether the machine can go back.
    boolean reversible();

    /// Goes back to the last place where a run would have stopped.
    Stop back();

    /// Goes back by one instruction.
    Stop stepBack();

    /// Ends the current run, or the current way back; on any thread.
    void interrupt();

    /// Executes a command of the user's, as `monitor COMMAND`.
    ///
    /// @return its answer, lines of text
    String monitor(Hart hart, String command);
}
