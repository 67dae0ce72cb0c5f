# SPDX-License-Identifier: Apache-2.0
#
# The object `penumbra` for Python: named arguments are handed over as one dictionary, which is what machines take.

def _plain(value):
    return object.__getattribute__(value, '_it') if isinstance(value, _Object) else value


def _seen(value):
    kind = type(value).__name__
    if kind == 'ForeignExecutable':
        def call(*arguments, **options):
            arguments = [_plain(argument) for argument in arguments]
            if options:
                arguments.append({name: _plain(option) for name, option in options.items()})
            return _seen(value(*arguments))
        return call
    return _Object(value) if kind == 'ForeignObject' else value


class _Object:
    def __init__(self, it):
        object.__setattr__(self, '_it', it)

    def __getattribute__(self, name):
        if name.startswith('__'):
            return object.__getattribute__(self, name)
        return _seen(getattr(object.__getattribute__(self, '_it'), name))

    def __setattr__(self, name, value):
        setattr(object.__getattribute__(self, '_it'), name, _plain(value))

    def __dir__(self):
        return dir(object.__getattribute__(self, '_it'))

    def __repr__(self):
        return str(object.__getattribute__(self, '_it'))


def _json(_, value):
    kind = type(_plain(value)).__name__
    if kind == 'ForeignNone':
        return None
    if kind in ('ForeignBoolean', 'ForeignNumber'):
        return bool(value) if kind == 'ForeignBoolean' else int(value)
    if kind.startswith('Foreign') and hasattr(value, 'keys'):
        return dict(value)
    if kind.startswith('Foreign') and hasattr(value, '__len__'):
        return list(value)
    raise TypeError(f'Object of type {kind} is not JSON serializable')


class _JsonLoader:
    def __init__(self, loader):
        self.loader = loader

    def create_module(self, spec):
        return self.loader.create_module(spec)

    def exec_module(self, module):
        self.loader.exec_module(module)
        module.JSONEncoder.default = _json


class _JsonFinder:
    # The module json writes none but Python's own dictionaries. It is changed when it is imported: few scripts do.
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name != 'json.encoder':
            return None
        import importlib.util
        sys.meta_path.remove(_JsonFinder)
        spec = importlib.util.find_spec(name)
        spec.loader = _JsonLoader(spec.loader)
        return spec


import sys
if 'json.encoder' in sys.modules:
    sys.modules['json.encoder'].JSONEncoder.default = _json
else:
    sys.meta_path.insert(0, _JsonFinder)

_Object
_seen
