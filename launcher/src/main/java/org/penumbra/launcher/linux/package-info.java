// SPDX-License-Identifier: Apache-2.0

/// `penumbra linux`: kernels and packages of Debian, RAM disks, boots. What a Linux guest costs is measured elsewhere.
package org.penumbra.launcher.linux;
