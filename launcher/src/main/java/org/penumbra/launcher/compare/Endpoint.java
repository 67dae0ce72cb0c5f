// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.compare;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import org.penumbra.launcher.cli.ExitStatus;
import org.penumbra.launcher.cli.Failure;
import org.penumbra.launcher.cli.Usage;
import picocli.CommandLine.Model.CommandSpec;

/// Where a cluster is joined.
///
/// @param host a numeric address
record Endpoint(String host, int port) {

    static final int PORT = 5701;
    private static final int MOST = 65_000;
    private static final int PATIENCE_MILLIS = 10_000;

    /// Parses `ADDRESS` or `ADDRESS:PORT`, of IPv4 or a name.
    ///
    /// @throws picocli.CommandLine.ParameterException one line, if it is neither
    /// @throws Failure                                69 if there is no such host
    static Endpoint parse(CommandSpec spec, String option, String text) {
        Usage.check(spec, text.matches("[A-Za-z0-9][A-Za-z0-9.-]*(:[0-9]{1,5})?"), option + ": '" + text
                + "' is not like 10.0.0.5 or 10.0.0.5:" + PORT);
        int colon = text.indexOf(':');
        int port = colon < 0 ? PORT : Integer.parseInt(text.substring(colon + 1));
        Usage.check(spec, port >= 1 && port <= MOST, option + ": " + port + " is not between 1 and " + MOST);
        return new Endpoint(numeric(colon < 0 ? text : text.substring(0, colon)), port);
    }

    /// @throws Failure 69 if there is no such host
    static String numeric(String host) {
        try {
            return InetAddress.getByName(host).getHostAddress();
        } catch (UnknownHostException _) {
            throw new Failure(ExitStatus.UNAVAILABLE, host + ": there is no such host");
        }
    }

    /// This computer's address towards it.
    String here() {
        // Nothing is sent.
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.connect(new InetSocketAddress(host, port));
            return socket.getLocalAddress().getHostAddress();
        } catch (IOException e) {
            throw new Failure(ExitStatus.UNAVAILABLE, host + ": cannot be reached (" + e.getMessage() + ")");
        }
    }

    /// @throws Failure 69 if nothing listens there
    void requireListener() {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(host, port), PATIENCE_MILLIS);
        } catch (IOException e) {
            throw new Failure(ExitStatus.UNAVAILABLE, this + ": no comparison can be reached there (" + e.getMessage()
                    + ")");
        }
    }

    @Override
    public String toString() {
        return host + ":" + port;
    }
}
