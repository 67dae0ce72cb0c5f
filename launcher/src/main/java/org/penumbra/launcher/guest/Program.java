// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.guest;

import java.util.Map;

/// What one run of a guest loads. Closing it removes temporary files of the run.
public interface Program extends AutoCloseable {

    byte[] image();

    /// Language options that it needs, other than settings, by their names in the polyglot API.
    Map<String, String> options();

    @Override
    default void close() {
    }
}
