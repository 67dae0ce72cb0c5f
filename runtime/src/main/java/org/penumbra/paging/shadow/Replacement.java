// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging.shadow;

/// Which shadow root leaves the full base-address buffer.
public enum Replacement { LEAST_RECENTLY_USED, RANDOM }
