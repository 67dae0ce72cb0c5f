// SPDX-License-Identifier: Apache-2.0
package org.penumbra.options;

/// What the network card is connected to: nothing, or a network inside this process that needs no privileges.
public enum NetworkKind { NONE, USER }
