// SPDX-License-Identifier: Apache-2.0
package org.penumbra.timing;

import org.penumbra.mmu.TableTrace;

/// Charges a hart for the references to tables that its monitor's software makes.
///
/// @param instructions of the monitor for each
record SoftwareReferences(TimedHart hart, long instructions) implements TableTrace {
    @Override
    public void guest(long gpa, int level) {
        hart.guestTable(gpa);
    }

    @Override
    public void secondStage(long gpa, long offset, int level) {
        hart.secondStageTable(offset);
    }

    @Override
    public void shadow(long offset, int level) {
        hart.shadowTable(offset);
    }
}
