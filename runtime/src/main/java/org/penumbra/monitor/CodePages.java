// SPDX-License-Identifier: Apache-2.0
package org.penumbra.monitor;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.penumbra.code.CodeMemory;
import org.penumbra.code.CodePage;
import org.penumbra.hart.Hart;
import org.penumbra.isa.InstructionSet;
import org.penumbra.memory.GuestMemory;
import org.penumbra.memory.HostMemory;
import org.penumbra.memory.SparseRegion;

/// The pages that instructions have been fetched from: one object per page, shared by all harts that take turns. Each
/// hart that runs in parallel to others has its own.
///
/// A store to decoded code by any hart drops that code at once, for every hart: no other hart is inside compiled code,
/// because only one runs at a time, or because it has been [reached][MachineLock#reach]. `fence.i` therefore has
/// nothing left to do, on this hart or another.
public final class CodePages implements AutoCloseable {
    private final GuestMemory memory;
    private final CodePage[] pages;
    private final CodeMemory words;
    private final Map<Long, CodePage> rom = new HashMap<>();
    private final List<SparseRegion> romCopies = new ArrayList<>();
    private final List<Hart> harts = new ArrayList<>();
    /// What those of other harts hold; null if there are no others.
    private final CodeHolders holders;
    private long dropped;

    /// @param instructions that code may consist of
    public CodePages(GuestMemory memory, InstructionSet instructions) {
        this(memory, instructions, null);
    }

    /// The pages of one hart.
    ///
    /// @param holders shared with the others
    public CodePages(GuestMemory memory, InstructionSet instructions, CodeHolders holders) {
        this.holders = holders;
        this.memory = memory;
        this.words = new CodeMemory(instructions);
        this.pages = new CodePage[memory.pageCount()];
    }

    /// Registers a hart that will fetch from these pages.
    void add(Hart hart) {
        harts.add(hart);
        if (holders != null) {
            holders.add(hart, this);
        }
    }

    /// Allows fetches from read-only memory outside RAM.
    /// @param contents whole pages
    public void addRom(long gpa, byte[] contents) {
        var region = new SparseRegion(contents.length);
        romCopies.add(region);
        long copy = region.address();
        HostMemory.write(copy, contents, 0, contents.length);
        for (long offset = 0; offset < contents.length; offset += GuestMemory.PAGE_SIZE) {
            rom.put(gpa + offset, new CodePage(gpa + offset, copy + offset, words));
        }
    }

    /// The page at `gpa`, or null where nothing can be fetched from.
    ///
    /// @param host address of the page in RAM as the model maps it, or 0 to use the address in [GuestMemory]
    CodePage at(long gpa, long host) {
        if (!memory.contains(gpa, GuestMemory.PAGE_SIZE)) {
            return rom.get(gpa);
        }
        int index = memory.pageIndex(gpa);
        CodePage page = pages[index];
        if (page == null) {
            page = new CodePage(gpa, host != 0 ? host : memory.hostAddress(gpa), words);
            pages[index] = page;
        }
        return page;
    }

    /// Whether stores to the page of `gpa`, which is in RAM, must be reported.
    boolean holdsCode(long gpa) {
        if (holders != null) {
            return holders.hold(memory.pageIndex(gpa));
        }
        CodePage page = pages[memory.pageIndex(gpa)];
        return page != null && page.holdsCode();
    }

    /// Called when instructions of the page have been decoded: stores to it go to the monitors from now on.
    void decoded(CodePage page) {
        if (!page.holdsCode()) {
            page.markDecoded();
            if (holders != null) {
                holders.decoded(this, page, memory);
                return;
            }
            for (Hart hart : harts) {
                hart.spaces().dropHostPage(page.hostAddress(), true);
            }
        }
    }

    /// Called after a store to bytes of RAM within one page.
    ///
    /// @param instructions the storing hart's count now
    /// @return whether decoded instructions were among them
    boolean stored(long gpa, int size, long instructions) {
        int index = memory.pageIndex(gpa);
        if (holders != null) {
            holders.dropOfOthers(this, index);
        }
        boolean any = overwritten(index, gpa, size, instructions);
        if (holders != null) {
            holders.update(this, index);
        }
        return any;
    }

    private boolean overwritten(int index, long gpa, int size, long instructions) {
        CodePage page = pages[index];
        if (page != null && page.holdsCode() && page.overwrite((int) (gpa & GuestMemory.PAGE_OFFSET), size,
                instructions)) {
            dropped++;
            return true;
        }
        return false;
    }

    /// Called after a range of RAM was written from outside the guest.
    /// @return whether the range contained decoded code
    public boolean written(long gpa, long length) {
        boolean any = false;
        for (long at = gpa & -GuestMemory.PAGE_SIZE; at < gpa + length; at += GuestMemory.PAGE_SIZE) {
            int index = memory.pageIndex(at);
            if (holders != null) {
                holders.dropOfOthers(this, index);
            }
            any |= drop(index);
            if (holders != null) {
                holders.update(this, index);
            }
        }
        return any;
    }

    /// Drops all code of a page.
    ///
    /// @return whether there was any
    boolean drop(int index) {
        boolean holds = holdsCode(index);
        if (holds) {
            pages[index].drop();
            dropped++;
        }
        return holds;
    }

    /// Whether there is decoded code of a page here.
    boolean holdsCode(int index) {
        return pages[index] != null && pages[index].holdsCode();
    }

    /// Called when a RAM page has moved to another host frame with its content unchanged. Its decoded code is dropped;
    /// reservations in it move to the new frame, so the guest cannot notice.
    ///
    /// @param oldHost host address the page had
    void moved(long gpa, long oldHost) {
        int index = memory.pageIndex(gpa);
        CodePage page = pages[index];
        pages[index] = null;
        for (Hart hart : harts) {
            if (page != null) {
                hart.spaces().dropCodePage(page);
            }
            if (hart.reservation != Hart.NO_RESERVATION && (hart.reservation & -GuestMemory.PAGE_SIZE) == oldHost) {
                hart.reservation = memory.hostAddress(gpa) | hart.reservation & GuestMemory.PAGE_OFFSET;
            }
            hart.yieldRequested = true;
        }
        if (page != null) {
            page.release();
        }
    }

    /// The contents of pages that were decoded, before RAM is replaced.
    public Map<CodePage, byte[]> contents() {
        Map<CodePage, byte[]> all = new HashMap<>();
        for (CodePage page : pages) {
            if (page != null && page.holdsCode()) {
                byte[] content = new byte[(int) GuestMemory.PAGE_SIZE];
                HostMemory.read(page.hostAddress(), content, 0, content.length);
                all.put(page, content);
            }
        }
        return all;
    }

    /// Called when RAM has been replaced, while no TLB holds a page: drops the code of pages that have changed or
    /// moved.
    ///
    /// @param before from [#contents]
    public void keepUnchanged(Map<CodePage, byte[]> before) {
        for (int i = 0; i < pages.length; i++) {
            CodePage page = pages[i];
            if (page == null) {
                continue;
            }
            if (memory.frames().peek(i) != page.hostAddress()) {
                page.release();
                pages[i] = null;
            } else if (page.holdsCode() && !HostMemory.equals(page.hostAddress(), before.get(page))) {
                page.drop();
                dropped++;
            }
            if (holders != null) {
                holders.update(this, i);
            }
        }
    }

    /// Called when all of RAM has moved and the TLBs are about to be cleared.
    public void reset() {
        for (int i = 0; i < pages.length; i++) {
            if (pages[i] != null) {
                pages[i].release();
                pages[i] = null;
                if (holders != null) {
                    holders.update(this, i);
                }
            }
        }
    }

    /// Frees all decoded code and the copies of read-only memory.
    @Override
    public void close() {
        reset();
        rom.clear();
        words.close();
        romCopies.forEach(SparseRegion::close);
        romCopies.clear();
    }

    /// How often code was dropped.
    public long dropped() {
        return dropped;
    }
}
