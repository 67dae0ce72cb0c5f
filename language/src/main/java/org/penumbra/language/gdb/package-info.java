// SPDX-License-Identifier: Apache-2.0

/// The remote protocol of gdb (GDB manual, appendix E): packets, the description of the target, and what its commands
/// do. It knows nothing of how a machine is run: see [org.penumbra.language.gdb.Target].
package org.penumbra.language.gdb;
