// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.guest;

import java.util.Map;

/// What one run of a guest loads. Closing it removes what was made for the run.
public interface Program extends AutoCloseable {

    byte[] image();

    /// Options of the language that it needs, settings aside, by their names in the polyglot API.
    Map<String, String> options();

    @Override
    default void close() {
    }
}
