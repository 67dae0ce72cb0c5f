// SPDX-License-Identifier: Apache-2.0
package org.penumbra.code;

import java.util.ArrayList;
import java.util.List;
import org.penumbra.isa.InstructionSet;
import org.penumbra.memory.HostMemory;
import org.penumbra.memory.SparseRegion;

/// Host memory for the decoded instructions of a machine's code pages: blocks of one size, reused by other pages once
/// released. Closing this returns all of them to the host.
public final class CodeMemory implements AutoCloseable {
    /// One word per half-word of a page, and one after the last.
    private static final long PIECE = 8L * (CodePage.SLOTS + 1);
    private static final long CHUNK = 1 << 20;

    private final InstructionSet instructions;
    private final List<SparseRegion> chunks = new ArrayList<>();
    /// The first `freeCount` elements are released blocks.
    private long[] free = new long[16];
    private int freeCount;
    /// Offset of the unused part of the last chunk.
    private long fresh = CHUNK;

    /// For code of all instructions there are.
    public CodeMemory() {
        this(InstructionSet.ALL);
    }

    /// @param instructions that the code may consist of
    public CodeMemory(InstructionSet instructions) {
        this.instructions = instructions;
    }

    /// The instructions that the code may consist of.
    InstructionSet instructions() {
        return instructions;
    }

    /// Address of a zeroed block.
    long take() {
        if (freeCount > 0) {
            long piece = free[--freeCount];
            HostMemory.fill(piece, PIECE, (byte) 0);
            return piece;
        }
        if (fresh + PIECE > CHUNK) {
            chunks.add(new SparseRegion(CHUNK));
            fresh = 0;
        }
        long piece = chunks.getLast().address() + fresh;
        fresh += PIECE;
        return piece;
    }

    void give(long piece) {
        if (freeCount == free.length) {
            free = java.util.Arrays.copyOf(free, freeCount * 2);
        }
        free[freeCount++] = piece;
    }

    @Override
    public void close() {
        chunks.forEach(SparseRegion::close);
        chunks.clear();
        freeCount = 0;
        fresh = CHUNK;
    }
}
