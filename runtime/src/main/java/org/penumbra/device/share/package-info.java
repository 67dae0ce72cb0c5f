// SPDX-License-Identifier: Apache-2.0

/// A 9P file server for one folder of the host. Nothing outside that folder can be reached, whatever a guest asks for.
package org.penumbra.device.share;
