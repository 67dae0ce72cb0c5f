// SPDX-License-Identifier: Apache-2.0
package org.penumbra.options;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ByteSizeTest {

    @ParameterizedTest
    @CsvSource({"0,0", "4096,4096", "64K,65536", "256M,268435456", "2g,2147483648", "1GiB,1073741824", "1MB,1048576"})
    void suffixesArePowersOf1024(String text, long bytes) {
        assertEquals(bytes, ByteSize.parse(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "M", "-1", "1T", "1.5G", "0x1000", "1 M", "999999999999999999G", "9999999999999999999"})
    void whatIsNoAmountIsRefused(String text) {
        assertThrows(IllegalArgumentException.class, () -> ByteSize.parse(text));
    }
}
