// SPDX-License-Identifier: Apache-2.0

/// The middle tier: planned regions as bytecode of the host. It knows neither Truffle's nodes nor when a region is
/// worth translating.
package org.penumbra.language.translator;
