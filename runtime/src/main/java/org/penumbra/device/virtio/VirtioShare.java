// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device.virtio;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.penumbra.device.share.FileServer;
import org.penumbra.device.share.SharedFolder;
import org.penumbra.snapshot.State;

/// A virtio transport of 9P (virtio 1.2 lists the device as type 9; its layout is Linux's `virtio_9p.h`): a folder of
/// the host, which the guest mounts by the tag in the configuration.
public final class VirtioShare implements VirtioDevice {
    /// What the guest mounts it by.
    public static final String TAG = "share";

    static final long F_MOUNT_TAG = 1L;

    private final FileServer server;
    private final byte[] message = new byte[FileServer.longestMessage()];
    private final byte[] configuration;

    public VirtioShare(SharedFolder folder) {
        server = new FileServer(folder);
        byte[] tag = TAG.getBytes(StandardCharsets.US_ASCII);
        configuration = new byte[Short.BYTES + tag.length];
        configuration[0] = (byte) tag.length;
        System.arraycopy(tag, 0, configuration, Short.BYTES, tag.length);
    }

    @Override
    public int id() {
        return 9;
    }

    @Override
    public long features() {
        return F_MOUNT_TAG;
    }

    @Override
    public int queues() {
        return 1;
    }

    @Override
    public long configuration(int offset, int size) {
        long value = 0;
        for (int i = Math.min(size, configuration.length - offset) - 1; i >= 0; i--) {
            value = value << 8 | configuration[offset + i] & 0xff;
        }
        return value;
    }

    @Override
    public long process(int queue, VirtioRequest request) {
        int length = (int) Math.min(request.readableLength(), message.length);
        request.read(0, message, 0, length);
        ByteBuffer answer = server.answer(message, length, request.writableLength());
        request.write(0, answer.array(), 0, answer.limit());
        return answer.limit();
    }

    @Override
    public void reset() {
        server.reset();
    }

    @Override
    public void transfer(State state) {
        server.transfer(state);
    }
}
