// SPDX-License-Identifier: Apache-2.0
package org.penumbra.options;

/// What a fence does with the shadow entries it covers.
public enum Synchronisation {
    /// Rereads the guest entry of each in the fast path when a walk next reaches it; a single-address fence does so at
    /// once. The cost of a fence thus depends on what is used after it, not on the size of the tables.
    REACHED,
    /// Rereads the guest entries of those present.
    PRESENT,
    /// Removes them; the next use is a miss.
    DROP,
    /// Compares the guest tables with a copy taken earlier and applies every difference.
    SNAPSHOT
}
