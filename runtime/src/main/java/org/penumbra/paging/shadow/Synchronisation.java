// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging.shadow;

/// What a fence does with the shadow entries it names.
public enum Synchronisation {
    /// Removes them; the next use is a miss.
    DROP,
    /// Reads the guest entries of those present again.
    PRESENT,
    /// Compares the guest tables with a copy taken earlier and takes over every difference.
    SNAPSHOT,
    /// Reads the guest entry of each again in the fast path when a walk reaches it next; a fence of one address does so at
    /// once. So a fence costs what is used after it, however large the tables are.
    REACHED
}
