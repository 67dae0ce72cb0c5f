// SPDX-License-Identifier: Apache-2.0

/// How the parts of a machine hand their state to a snapshot and take it back.
package org.penumbra.snapshot;
