// SPDX-License-Identifier: Apache-2.0
package org.penumbra.mmu;

/// Told of references to page tables one by one, with the place of the entry: for who wants to know not only how many
/// there are.
///
/// Entries of the guest's tables are told by their guest-physical address; those of the other tables, which lie apart
/// from the guest's memory, by their distance from where these begin. So all are the same in every run.
public interface TableTrace {
    /// An entry of a guest table.
    ///
    /// @param level of the table, 0 for leaves of 4 KiB
    void guest(long gpa, int level);

    /// An entry of a second-stage table, read to translate `gpa`.
    void secondStage(long gpa, long offset, int level);

    /// An entry of a shadow table of the hart.
    void shadow(long offset, int level);
}
