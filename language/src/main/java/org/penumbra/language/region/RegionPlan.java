// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.region;

import java.util.List;
import org.penumbra.code.CodePage;

/// A region as every tier takes it: guest code that was chosen and put in order, not yet compiled by anybody.
///
/// It holds at the virtual addresses it was planned for, as long as its pages are mapped there and their code is not
/// overwritten.
///
/// @param entry     pc of its one entry, the first block's
/// @param blocks    in such an order that an edge to an earlier or the same block may close a cycle, and no other does
/// @param size      instructions in all blocks: the longest way between two looks at the budget
/// @param live      registers read or written, as numbered in the hart's array
/// @param written   registers written
/// @param usesFloat whether it may be entered with mstatus.FS dirty only
/// @param tags      the virtual pages that its code lies in, the entry's first
/// @param pages     the pages mapped there
public record RegionPlan(long entry, List<Block> blocks, int size, int[] live, int[] written, boolean usesFloat,
        long[] tags,
        CodePage[] pages) {

    /// The pcs that its blocks start at.
    public long[] starts() {
        return blocks.stream().mapToLong(Block::pc).toArray();
    }
}
