// SPDX-License-Identifier: Apache-2.0

/// Control and status registers, a class for each family with its legal values. A new one is a class or a line of
/// `CsrFile`; other packages reach them by number only.
package org.penumbra.hart.csr;
