// SPDX-License-Identifier: Apache-2.0

/// The timing model: TLBs, walk caches and caches that follow every reference, and the cycles that these and the
/// monitor's work take. It observes; nothing here changes what the guest does or what is counted.
package org.penumbra.timing;
