// SPDX-License-Identifier: Apache-2.0

/// What all commands share: exit statuses, failures, sizes, progress, versions, orderly ends. Knows no guest and no
/// command.
package org.penumbra.launcher.cli;
