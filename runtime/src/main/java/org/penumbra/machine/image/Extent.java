// SPDX-License-Identifier: Apache-2.0
package org.penumbra.machine.image;

/// A range of physical addresses.
///
/// @param length in bytes, positive
record Extent(long gpa, long length) {
    boolean overlaps(long otherGpa, long otherLength) {
        return Long.compareUnsigned(otherGpa - gpa, length) < 0
                || Long.compareUnsigned(gpa - otherGpa, otherLength) < 0;
    }
}
