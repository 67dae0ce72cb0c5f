// SPDX-License-Identifier: Apache-2.0
package org.penumbra.exits;

/// A stretch of a run that a timing model has followed, while it follows samples only.
///
/// @param kind         what it stands for
/// @param instructions retired in it
/// @param counts       in it
/// @param cycles       charged in it
public record Sample(Kind kind, long instructions, ExitStatistics counts, Cycles cycles) {
    /// What a stretch stands for: itself, as the beginning of a part, which is followed completely; or, as the first or
    /// the second half of a sample, for what lies between samples as well.
    public enum Kind { WHOLE, EARLY, LATE }
}
