// SPDX-License-Identifier: Apache-2.0
package org.penumbra.machine;

/// What a machine has of the host, in the words of the options that name it, so that a machine that continues from a
/// snapshot can be given the same again.
///
/// @param disks    one specification a line
/// @param network  whether there is one
/// @param forwards its forwarded ports, separated by commas
/// @param share    the shared folder, or empty
public record Attachments(String disks, boolean network, String forwards, String share) {
    public static final Attachments NONE = new Attachments("", false, "", "");
}
