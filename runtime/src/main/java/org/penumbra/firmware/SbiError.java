// SPDX-License-Identifier: Apache-2.0
package org.penumbra.firmware;

/// The error codes that calls leave in a0 (SBI 3.0, chapter 3).
final class SbiError {
    static final long SUCCESS = 0;
    static final long FAILED = -1;
    static final long NOT_SUPPORTED = -2;
    static final long INVALID_PARAM = -3;
    static final long DENIED = -4;
    static final long INVALID_ADDRESS = -5;
    static final long ALREADY_AVAILABLE = -6;
    static final long ALREADY_STARTED = -7;
    static final long ALREADY_STOPPED = -8;
    static final long NO_SHMEM = -9;
    static final long DENIED_LOCKED = -14;

    private SbiError() {
    }
}
