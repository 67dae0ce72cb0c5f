// SPDX-License-Identifier: Apache-2.0

/// The architectural state of a hart: registers, privilege, traps, interrupts, physical memory protection,
/// reservations. No instruction is decoded or executed here.
package org.penumbra.hart;
