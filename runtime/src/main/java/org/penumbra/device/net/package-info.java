// SPDX-License-Identifier: Apache-2.0

/// A user-mode network behind virtio-net: ARP, DHCP, UDP and TCP over the host's sockets. Needs no rights on the host
/// and knows no guest memory.
package org.penumbra.device.net;
