// SPDX-License-Identifier: Apache-2.0

/// What shadow models build on: shadow tables and their filling, roots, reverse map, root buffer, and tables of a
/// second stage. Mechanism only, no model's policy.
package org.penumbra.paging.shadow;
