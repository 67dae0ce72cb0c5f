// SPDX-License-Identifier: Apache-2.0

/// Programs of the build, not of the user: the training run of the start-up cache, and class files made recent for it.
package org.penumbra.launcher.start;
