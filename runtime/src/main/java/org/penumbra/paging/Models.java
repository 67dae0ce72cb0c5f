// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging;

import java.util.List;
import org.penumbra.memory.HostFrames;
import org.penumbra.memory.ScatteredFrames;
import org.penumbra.mmu.PagingContext;
import org.penumbra.options.ModelName;

/// Makes the translation models by name.
public final class Models {
    @FunctionalInterface
    interface Factory {
        PagingModel create(PagingContext context, ModelOptions options);
    }

    private Models() {
    }

    /// All names, in the order reports list them.
    public static List<String> names() {
        return ModelName.all();
    }

    /// @throws IllegalArgumentException one line, when there is no such model
    public static PagingModel create(String name, PagingContext context, ModelOptions options) {
        return factory(ModelName.of(name)).create(context, options);
    }

    private static Factory factory(ModelName model) {
        return switch (model) {
            case NATIVE -> (context, _) -> new NativePaging(context);
            case TSP -> TraditionalShadowPaging::new;
            case TSP_UNSYNC -> UnsyncShadowPaging::new;
            case SSP -> SwiftShadowPaging::new;
            case LSP -> LazyShadowPaging::new;
            case ASP -> AcceleratedShadowPaging::new;
            case HAP -> HardwareAssistedPaging::new;
            case MSP -> MachineShadowPaging::new;
            case AGILE -> AgilePaging::new;
            case FLAT -> FlatNestedPaging::new;
            case PVM -> ParavirtualShadowPaging::new;
        };
    }

    /// Placement of `bytes` of guest RAM in host memory under a model.
    public static HostFrames frames(String name, long bytes, ModelOptions options) {
        return ModelName.of(name).isVirtual() ? new ScatteredFrames(bytes, options.hostPages(), options.seed())
                : HostFrames.identity(bytes);
    }
}
