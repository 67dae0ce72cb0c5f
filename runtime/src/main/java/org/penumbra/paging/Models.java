// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.penumbra.memory.HostFrames;
import org.penumbra.memory.ScatteredFrames;
import org.penumbra.mmu.PagingContext;

/// The translation models by name: adding one is one line here.
public final class Models {
    private static final Map<String, Factory> FACTORIES = new LinkedHashMap<>();

    static {
        FACTORIES.put("native", (context, options) -> new NativePaging(context));
        FACTORIES.put("tsp", TraditionalShadowPaging::new);
        FACTORIES.put("tsp-unsync", UnsyncShadowPaging::new);
        FACTORIES.put("ssp", SwiftShadowPaging::new);
        FACTORIES.put("lsp", LazyShadowPaging::new);
        FACTORIES.put("asp", AcceleratedShadowPaging::new);
        FACTORIES.put("hap", HardwareAssistedPaging::new);
    }

    @FunctionalInterface
    interface Factory {
        PagingModel create(PagingContext context, ModelOptions options);
    }

    private Models() {
    }

    /// All names, in the order reports list them.
    public static List<String> names() {
        return List.copyOf(FACTORIES.keySet());
    }

    /// @throws IllegalArgumentException one line, when there is no such model
    public static PagingModel create(String name, PagingContext context, ModelOptions options) {
        Factory factory = FACTORIES.get(name);
        if (factory == null) {
            throw new IllegalArgumentException("no model '" + name + "'; there are " + String.join(", ", names()));
        }
        return factory.create(context, options);
    }

    /// Placement of `bytes` of guest RAM in host memory under a model.
    public static HostFrames frames(String name, long bytes, ModelOptions options) {
        return name.equals("native") ? HostFrames.identity(bytes)
                : new ScatteredFrames(bytes, options.hostPages(), options.seed());
    }
}
