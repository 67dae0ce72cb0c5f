// SPDX-License-Identifier: Apache-2.0

/// The one door to HotSpot's compile queues. HotSpot fixes the package's and the class's name.
package jdk.test.whitebox;
