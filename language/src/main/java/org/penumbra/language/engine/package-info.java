// SPDX-License-Identifier: Apache-2.0

/// Decides what is interpreted and what is compiled, and builds regions from profiles. The nodes that a region consists
/// of are in `nodes`.
package org.penumbra.language.engine;
