// SPDX-License-Identifier: Apache-2.0

/// `penumbra script`: programs of the user that drive machines by the polyglot API. What they can see of a machine is
/// defined by the language, not here.
package org.penumbra.launcher.script;
