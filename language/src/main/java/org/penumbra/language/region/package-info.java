// SPDX-License-Identifier: Apache-2.0

/// Plans of regions: plain values that say which guest code a compiled unit holds and where control goes from it, for
/// every tier alike. No nodes, no bytecode, and nothing that runs.
package org.penumbra.language.region;
