// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import com.oracle.truffle.api.CallTarget;
import com.oracle.truffle.api.CompilerDirectives.TruffleBoundary;
import com.oracle.truffle.api.TruffleLanguage;
import com.oracle.truffle.api.frame.VirtualFrame;
import com.oracle.truffle.api.instrumentation.ProvidedTags;
import com.oracle.truffle.api.instrumentation.StandardTags;
import com.oracle.truffle.api.nodes.RootNode;
import com.oracle.truffle.api.source.Source;
import org.graalvm.options.OptionDescriptors;
import org.graalvm.polyglot.SandboxPolicy;
import org.penumbra.options.Settings;

/// RV64GC as a language: evaluating an image gives a [MachineObject] with the image loaded, and the expression
/// `penumbra` a [PenumbraObject].
@TruffleLanguage.Registration(id = RiscvLanguage.ID, name = "RISC-V", implementationName = "Penumbra",
        version = "0.1.0",
        byteMimeTypes = RiscvLanguage.MIME_TYPE, characterMimeTypes = RiscvLanguage.EXPRESSION,
        defaultMimeType = RiscvLanguage.EXPRESSION,
        contextPolicy = TruffleLanguage.ContextPolicy.EXCLUSIVE, sandbox = SandboxPolicy.CONSTRAINED)
@ProvidedTags({StandardTags.RootTag.class, StandardTags.StatementTag.class})
public final class RiscvLanguage extends TruffleLanguage<TruffleLanguage.Env> {
    public static final String ID = "riscv";
    public static final String MIME_TYPE = "application/x-riscv-elf";
    /// The expression `penumbra`, whose value scripts use to create machines.
    public static final String EXPRESSION = "text/x-penumbra";

    private static final ContextReference<Env> CONTEXT = ContextReference.create(RiscvLanguage.class);

    @Override
    protected Env createContext(Env env) {
        return env;
    }

    @Override
    protected OptionDescriptors getOptionDescriptors() {
        return RiscvOptions.descriptors();
    }

    /// One thread runs a machine; others may send it requests meanwhile.
    @Override
    protected boolean isThreadAccessAllowed(Thread thread, boolean singleThreaded) {
        return true;
    }

    @Override
    protected CallTarget parse(ParsingRequest request) {
        return new LoadRootNode(this, request.getSource()).getCallTarget();
    }

    /// Builds a machine according to the context's options and loads the source into it.
    @TruffleBoundary
    private Object load(Source source) {
        Env env = CONTEXT.get(null);
        var factory = new MachineFactory(this, env);
        if (source.hasCharacters()) {
            String name = source.getCharacters().toString().strip();
            if (!name.equals(PenumbraObject.NAME)) {
                throw new RiscvException("the one expression is '" + PenumbraObject.NAME
                        + "'; machines are made by it, or from "
                        + "the bytes of an image", RiscvException.USAGE);
            }
            return new PenumbraObject(factory);
        }
        if (!RiscvOptions.get(env.getOptions(), Settings.SNAPSHOT).isEmpty()) {
            if (source.getBytes().length() > 0) {
                throw new RiscvException(source.getName() + ": a machine that continues from a snapshot loads no image",
                        RiscvException.USAGE);
            }
            return machine(factory, factory.resume(env.getOptions(), env.in(), env.out()));
        }
        return machine(factory, factory.make(env.getOptions(), source.getName(), source.getBytes().toByteArray(),
                env.in(), env.out()));
    }

    private static MachineObject machine(MachineFactory factory, MachineRun run) {
        var options = factory.env().getOptions();
        return new MachineObject(factory, run, RiscvOptions.get(options, Settings.GDB),
                RiscvOptions.get(options, Settings.GDB_WAIT));
    }

    private static final class LoadRootNode extends RootNode {
        private final RiscvLanguage language;
        private final Source source;

        LoadRootNode(RiscvLanguage language, Source source) {
            super(language);
            this.language = language;
            this.source = source;
        }

        @Override
        public Object execute(VirtualFrame frame) {
            return language.load(source);
        }
    }
}
