// SPDX-License-Identifier: Apache-2.0
package org.penumbra.benchmarks;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.penumbra.benchmarks.TreadmillWorkload.Suite;

/// The ELF file of treadmill, with the block at `treadmill_params` (`struct parameters` in `treadmill/kernel/kernel.h`)
/// patched in its bytes.
final class TreadmillImage {

    /// Bytes of the command line, its terminating NUL included.
    static final int LINE_BYTES = 256;

    private static final String SYMBOL = "treadmill_params";

    private TreadmillImage() {
    }

    /// The file with another command line and other options.
    ///
    /// @throws IllegalArgumentException if the line is longer than 255 bytes
    static byte[] patched(Suite suite, String line, TreadmillOptions options) {
        byte[] bytes = line.getBytes(StandardCharsets.US_ASCII);
        if (bytes.length >= LINE_BYTES) {
            throw new IllegalArgumentException("the command line is longer than " + (LINE_BYTES - 1) + " bytes");
        }
        byte[] image = shipped(suite);
        PatchableImage.block(image, SYMBOL, LINE_BYTES + Integer.BYTES)
                .put(0, Arrays.copyOf(bytes, LINE_BYTES)).putInt(LINE_BYTES, options.flags());
        return image;
    }

    static byte[] shipped(Suite suite) {
        return Resources.read(suite.resource());
    }
}
