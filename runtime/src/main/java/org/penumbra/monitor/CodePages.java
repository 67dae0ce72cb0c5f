// SPDX-License-Identifier: Apache-2.0
package org.penumbra.monitor;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.penumbra.code.CodeMemory;
import org.penumbra.code.CodePage;
import org.penumbra.hart.Hart;
import org.penumbra.memory.GuestMemory;
import org.penumbra.memory.HostMemory;
import org.penumbra.memory.SparseRegion;

/// The pages that instructions have been fetched from, one object a page for all harts.
///
/// A store of any hart to decoded code drops it at once, for every hart: only one hart runs at a time, and none of the
/// others is in the middle of compiled code then. So `fence.i`, on this hart or another, has nothing left to do.
public final class CodePages implements AutoCloseable {
    private final GuestMemory memory;
    private final CodePage[] pages;
    private final CodeMemory words = new CodeMemory();
    private final Map<Long, CodePage> rom = new HashMap<>();
    private final List<SparseRegion> romCopies = new ArrayList<>();
    private final List<Hart> harts = new ArrayList<>();
    private long dropped;

    public CodePages(GuestMemory memory) {
        this.memory = memory;
        this.pages = new CodePage[memory.pageCount()];
    }

    /// Takes in a hart that is going to fetch from these pages.
    void add(Hart hart) {
        harts.add(hart);
    }

    /// Lets code be fetched from read-only memory outside RAM.
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
    /// @param host address of the page in RAM as the model gives it, or 0 where it is left to [GuestMemory]
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

    /// Whether stores to the page of `gpa`, which is in RAM, have to be told of.
    boolean holdsCode(long gpa) {
        CodePage page = pages[memory.pageIndex(gpa)];
        return page != null && page.holdsCode();
    }

    /// Instructions of the page have been decoded: stores to it go to the monitors from now on.
    void decoded(CodePage page) {
        if (!page.holdsCode()) {
            page.markDecoded();
            for (Hart hart : harts) {
                hart.spaces().dropHostPage(page.hostAddress(), true);
            }
        }
    }

    /// Bytes of RAM within a page have been stored to.
    ///
    /// @param instructions the storing hart's count now
    /// @return whether decoded instructions were among them
    boolean stored(long gpa, int size, long instructions) {
        CodePage page = pages[memory.pageIndex(gpa)];
        if (page != null && page.holdsCode() && page.overwrite((int) (gpa & GuestMemory.PAGE_OFFSET), size, instructions)) {
            dropped++;
            return true;
        }
        return false;
    }

    /// A range of RAM has been written from outside the guest.
    /// @return whether there was code
    boolean written(long gpa, long length) {
        boolean any = false;
        for (long at = gpa & -GuestMemory.PAGE_SIZE; at < gpa + length; at += GuestMemory.PAGE_SIZE) {
            CodePage page = pages[memory.pageIndex(at)];
            if (page != null && page.holdsCode()) {
                page.drop();
                dropped++;
                any = true;
            }
        }
        return any;
    }

    /// The host frame of a RAM page has been replaced, content kept: what was decoded of it goes, and reservations in it
    /// move along, so that no guest can tell.
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
            hart.attention = true;
        }
        if (page != null) {
            page.release();
        }
    }

    /// RAM has been cleared, and the TLBs are about to be.
    public void reset() {
        for (int i = 0; i < pages.length; i++) {
            if (pages[i] != null) {
                pages[i].release();
                pages[i] = null;
            }
        }
    }

    /// The end of all decoded code, and of the copies of read-only memory.
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
