// SPDX-License-Identifier: Apache-2.0
package org.penumbra.options;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// The translation models, in the order of reports. A model's name is written here only.
public enum ModelName {
    NATIVE, TSP, TSP_UNSYNC, SSP, LSP, ASP, HAP;

    private final String text = name().toLowerCase(Locale.ROOT).replace('_', '-');

    /// As users write it, `tsp-unsync`.
    @Override
    public String toString() {
        return text;
    }

    /// All of them, as users write them.
    public static List<String> all() {
        return Arrays.stream(values()).map(ModelName::toString).toList();
    }

    /// The model that users write so.
    ///
    /// @throws IllegalArgumentException with a one-line message, if there is none
    public static ModelName of(String text) {
        for (ModelName model : values()) {
            if (model.text.equals(text)) {
                return model;
            }
        }
        throw new IllegalArgumentException("there is no model '" + text + "'; there are " + String.join(", ", all()));
    }
}
