// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The system keeps eight bits of a status; no failure of a guest may be a success in them.
final class ExitStatusTest {
    @ParameterizedTest
    @CsvSource({"0,0", "1,1", "42,42", "255,255", "256,1", "512,1", "65280,1", "65536,1", "-256,1", "-2147483648,1", "257,257", "-1,-1"})
    void aGuestsFailureStaysOne(int guest, int status) {
        assertEquals(status, ExitStatus.ofGuest(guest));
    }
}
