// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device;

/// Requests that a device can make to the machine as a whole. The calls return; the machine acts after the current
/// instruction.
public interface PowerControl {
    /// Ends the run with the guest's exit status, 0 for success. The status is not narrowed to the host's eight bits
    /// here.
    void powerOff(int status);

    /// Starts the machine again from its reset vector.
    void reset();
}
