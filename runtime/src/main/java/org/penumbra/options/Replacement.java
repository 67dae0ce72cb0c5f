// SPDX-License-Identifier: Apache-2.0
package org.penumbra.options;

/// Which shadow root a full base-address buffer evicts: the least recently used one, or any.
public enum Replacement { LRU, RANDOM }
