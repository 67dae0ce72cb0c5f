// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging.shadow;

/// Which shadow root a full base-address buffer evicts.
public enum Replacement { LEAST_RECENTLY_USED, RANDOM }
