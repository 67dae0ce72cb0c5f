// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.region;

import java.util.List;
import org.penumbra.code.CodePage;

/// A region as input to any tier: guest code that has been selected and ordered, but not compiled.
///
/// It is valid at the virtual addresses it was planned for, as long as its pages are mapped there and their code is not
/// overwritten.
///
/// @param entry     pc of its only entry, the start of the first block
/// @param blocks    ordered so that only an edge to an earlier or the same block may close a cycle
/// @param size      instructions in all blocks: the longest path between two checks of the budget
/// @param live      registers read or written, as numbered in the hart's array
/// @param written   registers written
/// @param usesFloat whether it may be entered only with mstatus.FS dirty
/// @param tags      the virtual pages that its code lies in, the entry's first
/// @param pages     the pages mapped there
public record RegionPlan(long entry, List<Block> blocks, int size, int[] live, int[] written, boolean usesFloat,
        long[] tags,
        CodePage[] pages) {

    /// The start pcs of its blocks.
    public long[] starts() {
        return blocks.stream().mapToLong(Block::pc).toArray();
    }
}
