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


_Object
_seen
