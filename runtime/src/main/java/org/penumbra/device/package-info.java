// SPDX-License-Identifier: Apache-2.0

/// What every device has in common: the bus, interrupt lines, the device tree, the clock. Concrete devices live in the
/// packages below.
package org.penumbra.device;
