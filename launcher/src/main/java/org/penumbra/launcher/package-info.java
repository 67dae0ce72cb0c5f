// SPDX-License-Identifier: Apache-2.0

/// The command `penumbra`: chooses the subcommand and turns problems into one line and a status. Each subcommand has a
/// package of its own.
package org.penumbra.launcher;
