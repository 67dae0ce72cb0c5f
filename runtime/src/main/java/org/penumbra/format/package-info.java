// SPDX-License-Identifier: Apache-2.0

/// What the language and the launcher both write or recognise: pictures, terminal output, the first line of a snapshot.
/// It depends on nothing, and knows no guest.
package org.penumbra.format;
