// SPDX-License-Identifier: Apache-2.0
package org.penumbra.firmware;

import java.util.Arrays;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/// The extensions that the firmware supports, each with its number. Probing for any other reports that it is not
/// supported: of SBI 3.0 these are SSE, DBTR, MPXY, CPPC, NACL and STA.
enum SbiExtension {
    LEGACY_SET_TIMER(0x00),
    LEGACY_PUTCHAR(0x01),
    LEGACY_GETCHAR(0x02),
    LEGACY_CLEAR_IPI(0x03),
    LEGACY_SHUTDOWN(0x08),
    BASE(0x10),
    /// Hart State Management.
    HSM(0x48_534d),
    /// Performance Monitoring Unit.
    PMU(0x50_4d55),
    IPI(0x73_5049),
    /// Debug Console.
    DBCN(0x4442_434e),
    /// Firmware Features.
    FWFT(0x4657_4654),
    /// Remote fences.
    RFENCE(0x5246_4e43),
    /// System Reset.
    SRST(0x5352_5354),
    /// System Suspend.
    SUSP(0x5355_5350),
    TIME(0x5449_4d45);

    private static final long LAST_LEGACY = 0xf;
    private static final Map<Long, SbiExtension> BY_NUMBER =
            Arrays.stream(values()).collect(Collectors.toMap(extension -> extension.number, Function.identity()));

    private final long number;

    SbiExtension(long number) {
        this.number = number;
    }

    /// The extension with a number, or null.
    static SbiExtension of(long number) {
        return BY_NUMBER.get(number);
    }

    /// Whether calls with a number return only a0 and leave a1 unchanged (SBI 3.0, chapter 5).
    static boolean isLegacy(long number) {
        return Long.compareUnsigned(number, LAST_LEGACY) <= 0;
    }
}
