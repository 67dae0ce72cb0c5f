// SPDX-License-Identifier: Apache-2.0

/// A folder of the host that a guest is given, served by 9P2000.L on the host's own descriptors.
package org.penumbra.device.share;
