// SPDX-License-Identifier: Apache-2.0

/// Reports of comparisons: tables, charts, HTML, CSV. Works on finished runs only and starts nothing.
package org.penumbra.launcher.report;
