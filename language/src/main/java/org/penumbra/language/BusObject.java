// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import com.oracle.truffle.api.interop.UnsupportedTypeException;
import org.penumbra.device.BusFault;

/// Devices' registers by physical address: `load(address, size)` and `store(address, size, value)` have the effects
/// that the guest's accesses have.
final class BusObject extends MemberObject {
    BusObject(MachineRun run) {
        method("load", (arguments, _) -> {
            Arguments.count(arguments, 2);
            long address = Arguments.number(arguments[0]);
            int size = size(arguments[1]);
            try (var _ = run.hold()) {
                run.changed();
                long value = run.machine().readDevice(address, size);
                return size == Long.BYTES ? (Object) new Unsigned(value) : value;
            } catch (BusFault fault) {
                throw missing(address);
            }
        });
        method("store", (arguments, _) -> {
            Arguments.count(arguments, 3);
            long address = Arguments.number(arguments[0]);
            try (var _ = run.hold()) {
                run.changed();
                run.machine().writeDevice(address, size(arguments[1]), Arguments.number(arguments[2]));
                return Nothing.INSTANCE;
            } catch (BusFault fault) {
                throw missing(address);
            }
        });
    }

    /// @throws UnsupportedTypeException if it is not 1, 2, 4 or 8
    static int size(Object value) throws UnsupportedTypeException {
        int size = (int) Arguments.number(value, 1, Long.BYTES);
        if (Integer.bitCount(size) != 1) {
            throw UnsupportedTypeException.create(new Object[] {value}, "not 1, 2, 4 or 8 bytes");
        }
        return size;
    }

    private static RiscvException missing(long address) {
        return new RiscvException("no device answers like this at 0x" + Long.toHexString(address),
                RiscvException.USAGE);
    }

    @Override
    String describe() {
        return "devices by physical address";
    }
}
