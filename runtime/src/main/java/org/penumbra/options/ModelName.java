// SPDX-License-Identifier: Apache-2.0
package org.penumbra.options;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// The translation models, in the order of reports. A model's name is written here only.
public enum ModelName {
    NATIVE, TSP(Part.SHADOW), TSP_UNSYNC(Part.SHADOW), SSP(Part.SHADOW, Part.ROOT_BUFFER, Part.FENCE_POLICY),
    LSP(Part.SHADOW), ASP(Part.SHADOW, Part.ROOT_BUFFER, Part.FENCE_POLICY, Part.SECOND_STAGE), HAP(Part.SECOND_STAGE),
    MSP(Part.SHADOW, Part.ROOT_BUFFER), AGILE(Part.SHADOW, Part.ROOT_BUFFER, Part.SECOND_STAGE), FLAT(Part.ARRAY),
    PVM(Part.SHADOW);

    /// What a model has besides the guest's tables. All but `native`, which has none of them, keep the guest's pages in
    /// frames of the host's choice.
    public enum Part {
        /// Shadow tables.
        SHADOW,
        /// A buffer of shadow roots.
        ROOT_BUFFER,
        /// A choice of what fences do.
        FENCE_POLICY,
        /// Second-stage tables that hardware walks.
        SECOND_STAGE,
        /// An array in their place.
        ARRAY
    }

    private final String text = name().toLowerCase(Locale.ROOT).replace('_', '-');
    private final Set<Part> parts;

    ModelName(Part... parts) {
        this.parts = Set.of(parts);
    }

    /// As users write it, `tsp-unsync`.
    @Override
    public String toString() {
        return text;
    }

    /// All of them, as users write them.
    public static List<String> all() {
        return Arrays.stream(values()).map(ModelName::toString).toList();
    }

    /// Those with this part.
    public static List<ModelName> with(Part part) {
        return Arrays.stream(values()).filter(model -> model.parts.contains(part)).toList();
    }

    /// Those in which guest memory is not host memory.
    public static List<ModelName> virtual() {
        return Arrays.stream(values()).filter(ModelName::isVirtual).toList();
    }

    /// Whether guest memory is not host memory.
    public boolean isVirtual() {
        return !parts.isEmpty();
    }

    /// Whether the guest can be a hypervisor that runs guests of its own by the hypervisor extension.
    public boolean runsHypervisors() {
        return switch (this) {
            case NATIVE, TSP, SSP, HAP -> true;
            default -> false;
        };
    }

    /// Those for which that holds.
    public static List<ModelName> ofHypervisors() {
        return Arrays.stream(values()).filter(ModelName::runsHypervisors).toList();
    }

    /// Those that `compare` takes if none are named, whose published tables stay comparable.
    public static List<String> usual() {
        return all().subList(NATIVE.ordinal(), HAP.ordinal() + 1);
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
