// SPDX-License-Identifier: Apache-2.0
package org.penumbra.benchmarks;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/// What each of the micro-benchmarks asks, for reports.
public final class Questions {

    private static final Map<String, String> ALL = new LinkedHashMap<>();

    static {
        ALL.put("PathBenchmark", "A load that hits the TLB, one that finds its translation in the tables that hardware "
                + "walks, and one that finds it nowhere, by model and tier. In the last are two stores to a page table "
                + "and a fence; six other instructions are in the first two.");
        ALL.put("TlbHitBenchmark", "A load and a store that hit, on one page and on sixteen in turn. The time beyond "
                + "that of NONE is theirs.");
        ALL.put("TlbMissBenchmark", "A load that hits (512 pages) and one that misses the TLB (4096 pages), by model.");
        ALL.put("FenceBenchmark", "Each form of sfence.vma with so many pages in use: a round reads a word of each "
                + "and fences. The time beyond that of NONE is the fence's, and that of the misses that it causes.");
        ALL.put("RootSwitchBenchmark", "A write of satp: two roots are in the buffer of shadow roots, where a model "
                + "has one; of sixteen none is when its turn comes.");
        ALL.put("EventBenchmark", "A store to a page table of the lowest level (ENTRY_WRITE) and to the one above "
                + "(POINTER_WRITE), a miss in TLB and shadow (REMAP), the first store to a clean page (DIRTY), and the "
                + "guest's own fault (FAULT), by model.");
        ALL.put("TrapBenchmark", "A trap and the return from it: from user to supervisor mode, and from there to "
                + "machine mode.");
        ALL.put("RegionBenchmark", "Staying in a region of compiled code, leaving it for an instruction that is "
                + "interpreted, and going through several that follow each other.");
        ALL.put("DispatchBenchmark", "An instruction in the interpreter.");
        ALL.put("DecodeBenchmark", "The decoding of an instruction.");
        ALL.put("GuestBenchmark", "A whole run of a small workload, machine and context included.");
    }

    private Questions() {
    }

    /// By the name of the benchmark's class, in the order of reports.
    public static Map<String, String> all() {
        return Collections.unmodifiableMap(ALL);
    }
}
