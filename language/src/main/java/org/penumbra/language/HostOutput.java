// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import java.io.IOException;
import java.io.OutputStream;
import java.util.function.Consumer;

/// The console's output to the host. What goes wrong there is the caller's to hear of, when the run has been stopped: it must
/// not unwind the guest in the middle of an instruction.
final class HostOutput extends OutputStream {
    private final OutputStream out;
    private Consumer<RiscvException> failed = failure -> { };

    HostOutput(OutputStream out) {
        this.out = out;
    }

    /// Names the one who is told of failures.
    void whenFailed(Consumer<RiscvException> listener) {
        failed = listener;
    }

    @Override
    public void write(int value) {
        write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        attempt(() -> out.write(bytes, offset, length));
    }

    @Override
    public void flush() {
        attempt(out::flush);
    }

    @FunctionalInterface
    private interface Action {
        void run() throws IOException;
    }

    private void attempt(Action action) {
        try {
            action.run();
        } catch (RiscvException known) {
            failed.accept(known);
        } catch (IOException | RuntimeException e) {
            failed.accept(new RiscvException("the console's output failed (" + e + ")", RiscvException.CANNOT_WRITE, e));
        }
    }
}
