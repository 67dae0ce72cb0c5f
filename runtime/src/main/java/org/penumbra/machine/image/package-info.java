// SPDX-License-Identifier: Apache-2.0

/// Files that a machine starts from: ELF, Linux images, compressed kernels, symbols. Reads bytes and checks them; no
/// state of a running machine.
package org.penumbra.machine.image;
