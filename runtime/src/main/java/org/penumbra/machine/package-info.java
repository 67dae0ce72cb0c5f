// SPDX-License-Identifier: Apache-2.0

/// A machine put together: harts, memory, model, board and time, and its running, reset and end. No guest code is
/// executed here but through the engine given.
package org.penumbra.machine;
