// SPDX-License-Identifier: Apache-2.0

/// Machines by the polyglot API, their options, and `penumbra run`. The runtime's classes are never used here.
package org.penumbra.launcher.guest;
