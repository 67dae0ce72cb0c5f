// SPDX-License-Identifier: Apache-2.0

/// `penumbra compare`: workloads under several models and settings, and the runs' results. Tables and pages are made in
/// `report`.
package org.penumbra.launcher.compare;
