// SPDX-License-Identifier: Apache-2.0

/// The commands that show what is in an image or a snapshot, without running it.
package org.penumbra.launcher.inspect;
