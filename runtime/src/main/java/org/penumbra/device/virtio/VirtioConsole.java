// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device.virtio;

import org.penumbra.device.ConsoleInput;
import org.penumbra.device.ConsoleOutput;
import org.penumbra.snapshot.State;

/// A virtio console with one port (virtio 1.2, section 5.3), which tells the guest of the terminal's size.
public final class VirtioConsole implements VirtioDevice {
    static final long F_SIZE = 1L;
    static final int RECEIVE = 0;
    static final int TRANSMIT = 1;

    private static final int CONFIGURATION_LENGTH = 12;
    private static final int PORTS_OFFSET = 4;
    private static final int CHUNK = 4096;

    private final ConsoleInput input;
    private final ConsoleOutput out;
    private final TerminalSize size;
    private final byte[] chunk = new byte[CHUNK];
    private int toldSize;

    public VirtioConsole(ConsoleInput input, ConsoleOutput out, TerminalSize size) {
        this.input = input;
        this.out = out;
        this.size = size;
        this.toldSize = size.packed();
    }

    @Override
    public int id() {
        return 3;
    }

    @Override
    public long features() {
        return F_SIZE;
    }

    @Override
    public int queues() {
        return 2;
    }

    @Override
    public long configuration(int offset, int bytes) {
        long whole = toldSize & 0xffff_ffffL | 1L << 8 * PORTS_OFFSET;
        if (offset >= CONFIGURATION_LENGTH || offset >= 8) {
            return 0;
        }
        long value = whole >>> 8 * offset;
        return bytes == 8 ? value : value & (1L << 8 * bytes) - 1;
    }

    @Override
    public boolean takeConfigurationChange() {
        int now = size.packed();
        boolean changed = now != toldSize;
        toldSize = now;
        return changed;
    }

    @Override
    public boolean ready(int queue) {
        return queue == TRANSMIT || input.hasInput();
    }

    @Override
    public long process(int queue, VirtioRequest request) {
        return queue == RECEIVE ? receive(request) : transmit(request);
    }

    private long receive(VirtioRequest request) {
        int most = (int) Math.min(request.writableLength(), CHUNK);
        int count = 0;
        while (count < most && input.hasInput()) {
            chunk[count++] = (byte) input.take();
        }
        request.write(0, chunk, 0, count);
        return count;
    }

    private long transmit(VirtioRequest request) {
        for (long done = 0; done < request.readableLength(); done += CHUNK) {
            int count = (int) Math.min(request.readableLength() - done, CHUNK);
            request.read(done, chunk, 0, count);
            out.write(chunk, 0, count);
        }
        out.flush();
        return 0;
    }

    @Override
    public void transfer(State state) {
        toldSize = state.number(toldSize);
    }
}
