// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device.net;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.penumbra.device.virtio.Network;

/// A network for the guest over sockets of the host, without any privileges: see [UserStack], to which this gives a
/// thread of its own and bounded queues.
public final class UserNetwork implements Network {
    private static final long GUEST_MAC = 0x5254_0012_3456L;
    /// Frames of the guest that wait for the stack.
    private static final int FROM_GUEST = 512;
    /// Frames that wait for the guest: the full windows of all its connections, so that none of them has to be sent
    /// again only because there are many.
    private static final int TO_GUEST = TcpConnections.MOST * 48;
    private static final int PORTS = 65_536;
    private static final long LONGEST_MILLIS = 1000;
    /// Until a busy computer lets the network's thread answer.
    private static final long LONGEST_ANSWER_MILLIS = 10_000;
    private static final Path RESOLVER = Path.of("/etc/resolv.conf");

    private final ArrayBlockingQueue<byte[]> fromGuest = new ArrayBlockingQueue<>(FROM_GUEST);
    private final ArrayBlockingQueue<byte[]> toGuest = new ArrayBlockingQueue<>(TO_GUEST);
    private final UserStack stack;
    private final Thread thread = Thread.ofPlatform().daemon().name("penumbra-network").unstarted(this::run);
    private volatile Runnable arrival = () -> { };
    private volatile boolean resetWanted;
    /// Connections that the guest is to be told are gone, after the next reset.
    private volatile long[] broken = new long[0];
    private volatile CompletableFuture<long[]> question;
    private volatile boolean closed;

    private UserNetwork(InetSocketAddress nameServer) throws IOException {
        stack = new UserStack(GUEST_MAC, nameServer, this::deliver);
    }

    /// Opens the network and starts its thread.
    ///
    /// @param forwards ports of the host's loopback with the guest's ports they lead to
    /// @throws IOException with one line if a port cannot be had
    public static UserNetwork open(Map<Integer, Integer> forwards) throws IOException {
        var network = new UserNetwork(nameServer(RESOLVER));
        try {
            for (var forward : forwards.entrySet()) {
                network.stack.forward(forward.getKey(), forward.getValue());
            }
        } catch (IOException taken) {
            network.stack.close();
            throw taken;
        }
        network.thread.start();
        return network;
    }

    /// Reads forwarded ports such as `8080:80,2222:22`.
    ///
    /// @throws IllegalArgumentException with one line
    public static Map<Integer, Integer> forwards(String text) {
        var forwards = new java.util.LinkedHashMap<Integer, Integer>();
        for (String pair : text.isEmpty() ? new String[0] : text.split(",")) {
            if (!pair.matches("\\d{1,5}:\\d{1,5}")) {
                throw new IllegalArgumentException("'" + pair + "' is no pair of ports such as 8080:80");
            }
            int colon = pair.indexOf(':');
            int host = Integer.parseInt(pair.substring(0, colon));
            int guest = Integer.parseInt(pair.substring(colon + 1));
            if (host == 0 || host >= PORTS || guest == 0 || guest >= PORTS) {
                throw new IllegalArgumentException("'" + pair + "' has a port that is none: they go from 1 to 65535");
            }
            if (forwards.put(host, guest) != null) {
                throw new IllegalArgumentException("port " + host + " of this computer is forwarded twice");
            }
        }
        return forwards;
    }

    /// The first name server of a resolver's configuration, or null.
    static InetSocketAddress nameServer(Path configuration) {
        try {
            for (String line : Files.readAllLines(configuration)) {
                String[] words = line.strip().split("\\s+");
                // An address, so that nothing is looked up.
                if (words.length > 1 && words[0].equals("nameserver")
                        && words[1].matches("[0-9.]+|[0-9a-fA-F:]+(%\\w+)?")) {
                    return new InetSocketAddress(words[1], 53);
                }
            }
        } catch (IOException without) {
            // A host without a resolver.
        }
        return null;
    }

    private void deliver(byte[] frame) {
        boolean first = toGuest.isEmpty();
        if (toGuest.offer(frame) && first) { // else it is lost, as on any network
            arrival.run();
        }
    }

    private void run() {
        try (stack) {
            while (!closed) {
                resetIfWanted();
                receive();
                answer();
                stack.pump(LONGEST_MILLIS);
            }
            receive(); // the ends of its connections may be among it
        } catch (IOException broken) {
            // The host takes the network away: from now on frames are lost.
        }
    }

    private void resetIfWanted() {
        if (resetWanted) {
            resetWanted = false;
            stack.reset();
            toGuest.clear();
            stack.disown(broken);
        }
    }

    private void receive() {
        for (byte[] frame = fromGuest.poll(); frame != null; frame = fromGuest.poll()) {
            resetIfWanted(); // the frame may have been sent after that
            stack.receive(frame);
        }
    }

    private void answer() {
        CompletableFuture<long[]> asked = question;
        if (asked != null) {
            question = null;
            asked.complete(stack.connections());
        }
    }

    @Override
    public long cardAddress() {
        return GUEST_MAC;
    }

    @Override
    public void send(byte[] frame) {
        if (fromGuest.offer(frame)) {
            stack.selector().wakeup();
        }
    }

    @Override
    public boolean hasFrame() {
        return !toGuest.isEmpty();
    }

    @Override
    public byte[] take() {
        return toGuest.poll();
    }

    @Override
    public void reset() {
        restore(new long[0]);
    }

    @Override
    public void restore(long[] connections) {
        broken = connections;
        resetWanted = true;
        fromGuest.clear();
        stack.selector().wakeup();
    }

    @Override
    public long[] connections() {
        var asked = new CompletableFuture<long[]>();
        question = asked;
        stack.selector().wakeup();
        try {
            return thread.isAlive() ? asked.get(LONGEST_ANSWER_MILLIS, TimeUnit.MILLISECONDS) : new long[0];
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException _) {
            // The host has taken the network away: nothing is connected.
        }
        return new long[0];
    }

    @Override
    public void whenFrameArrives(Runnable call) {
        arrival = call;
    }

    @Override
    public void close() {
        closed = true;
        stack.selector().wakeup();
        try {
            // where the process ends first, its sockets all end as if the guest had ended them
            thread.join(LONGEST_MILLIS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
