// SPDX-License-Identifier: Apache-2.0
/// The options of a machine and the names of the translation models, each stated once: name, syntax, range, default
/// and help. The polyglot options, the command line, sweeps, `docs/options.md` and the range checks derive from here.
/// Nothing here knows what an option does, and nothing here depends on another package.
package org.penumbra.options;
