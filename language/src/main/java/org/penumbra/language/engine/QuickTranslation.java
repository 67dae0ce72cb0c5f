// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.engine;

import java.lang.reflect.Method;
import org.penumbra.language.translator.CodeForm;
import org.penumbra.language.translator.TranslatedCode;

/// A region in its quick form, which C1 compiles on request.
final class QuickTranslation implements CompiledCode {
    /// One in so many questions reaches HotSpot: the answer takes longer than what the guest does in between.
    private static final int OFTEN = 16;

    private final TranslatedCode code;
    private final Method method;
    private boolean ready;
    private int asked;

    /// @param code of form [CodeForm#QUICK]
    QuickTranslation(TranslatedCode code) {
        this.code = code;
        this.method = HotSpotCompilers.method(code);
    }

    @Override
    public void request() {
        HotSpotCompilers.request(method, HotSpotCompilers.FIRST);
    }

    @Override
    public boolean isReady() {
        if (!ready && asked++ % OFTEN == 0) {
            ready = HotSpotCompilers.isCompiled(method, HotSpotCompilers.FIRST);
        }
        return ready;
    }

    @Override
    public TranslatedCode direct() {
        return ready ? code : null;
    }

    @Override
    public boolean run() {
        code.run();
        return true;
    }
}
