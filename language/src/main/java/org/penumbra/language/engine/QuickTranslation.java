// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.engine;

import java.lang.reflect.Method;
import org.penumbra.language.translator.CodeForm;
import org.penumbra.language.translator.TranslatedCode;

/// A region in its quick form, which C1 compiles on request.
final class QuickTranslation extends HotSpotCode {
    /// One in so many questions reaches HotSpot: the answer takes longer than what the guest does in between.
    private static final int OFTEN = 16;

    private final Method method;
    private int asked;

    /// @param code of form [CodeForm#QUICK]
    QuickTranslation(TranslatedCode code) {
        super(code, false);
        this.method = HotSpotCompilers.method(code);
    }

    @Override
    public void request() {
        HotSpotCompilers.request(method, HotSpotCompilers.FIRST);
    }

    @Override
    boolean isCompiled() {
        return asked++ % OFTEN == 0 && HotSpotCompilers.isCompiled(method, HotSpotCompilers.FIRST);
    }
}
