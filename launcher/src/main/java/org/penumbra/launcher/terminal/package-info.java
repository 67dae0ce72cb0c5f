// SPDX-License-Identifier: Apache-2.0

/// The user's terminal as a guest's console: raw mode, escapes, its size. Always restored at the end; no machine is
/// known here.
package org.penumbra.launcher.terminal;
