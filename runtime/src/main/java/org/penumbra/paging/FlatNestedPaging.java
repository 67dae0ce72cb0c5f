// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging;

import org.penumbra.mmu.PagingContext;
import org.penumbra.mmu.TableTrace;
import org.penumbra.mmu.WalkReferences;

/// Two-stage translation whose second stage is one array ([FlatTable]), so that each guest-physical address takes one
/// reference: 2m+1 for m levels of the guest. After swFNPT, where software in hardware mode makes these walks.
final class FlatNestedPaging extends HardwareAssistedPaging {
    private final FlatTable flat;

    FlatNestedPaging(PagingContext context, ModelOptions options) {
        super(context, options);
        flat = new FlatTable(memory, secondStage, null);
    }

    @Override
    long stage(long gpa, WalkReferences count, TableTrace trace) {
        return flat.hostAddress(gpa, count, trace);
    }
}
