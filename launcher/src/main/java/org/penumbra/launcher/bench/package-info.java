// SPDX-License-Identifier: Apache-2.0

/// `penumbra bench`: guests timed beside QEMU, the host and other models. Counts of models belong to `compare`.
package org.penumbra.launcher.bench;
