// SPDX-License-Identifier: Apache-2.0
package org.penumbra.firmware;

/// Events that firmware counters can count (SBI 3.0, table "PMU Firmware Events"): everything the firmware does for a
/// kernel. Traps of loads, stores and illegal instructions go directly to the kernel.
enum FirmwareEvent {
    SET_TIMER(5),
    IPI_SENT(6),
    IPI_RECEIVED(7),
    FENCE_I_SENT(8),
    FENCE_I_RECEIVED(9),
    SFENCE_VMA_SENT(10),
    SFENCE_VMA_RECEIVED(11),
    SFENCE_VMA_ASID_SENT(12),
    SFENCE_VMA_ASID_RECEIVED(13),
    HFENCE_GVMA_SENT(14),
    HFENCE_GVMA_RECEIVED(15),
    HFENCE_GVMA_VMID_SENT(16),
    HFENCE_GVMA_VMID_RECEIVED(17),
    HFENCE_VVMA_SENT(18),
    HFENCE_VVMA_RECEIVED(19),
    HFENCE_VVMA_ASID_SENT(20),
    HFENCE_VVMA_ASID_RECEIVED(21);

    private static final int TYPE = 15;

    private final int code;

    FirmwareEvent(int code) {
        this.code = code;
    }

    /// Whether it concerns guests of a hypervisor.
    boolean isOfGuests() {
        return code >= HFENCE_GVMA_SENT.code;
    }

    /// The event with an `event_idx`, or null.
    static FirmwareEvent of(long index) {
        for (FirmwareEvent event : values()) {
            if (index == (TYPE << 16 | event.code)) {
                return event;
            }
        }
        return null;
    }
}
