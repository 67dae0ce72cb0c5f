// SPDX-License-Identifier: Apache-2.0

/// Guest RAM and memory outside the Java heap: the one place that touches raw host addresses. Knows neither page tables
/// nor devices.
package org.penumbra.memory;
