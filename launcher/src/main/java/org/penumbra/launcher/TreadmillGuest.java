// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher;

import java.util.Arrays;
import java.util.List;
import org.penumbra.benchmarks.TreadmillWorkload;

/// The small kernel that ships.
final class TreadmillGuest implements CompareGuest {

    @Override
    public List<CompareWorkload> all(boolean quick) {
        return Arrays.stream(TreadmillWorkload.values()).<CompareWorkload>map(w -> TreadmillChoice.preset(w, quick)).toList();
    }

    @Override
    public CompareWorkload parse(String text, boolean quick) {
        return TreadmillChoice.parse(text, quick);
    }
}
