// SPDX-License-Identifier: Apache-2.0

/// JMH benchmarks of single mechanisms: decoding, dispatch, TLB hits and misses, traps. Not part of the command
/// `penumbra`.
package org.penumbra.benchmarks.micro;
