// SPDX-License-Identifier: Apache-2.0

/// The catalogue of workloads and the guest programs that ship. Knows how to patch and name them; running them is the
/// launcher's.
package org.penumbra.benchmarks;
