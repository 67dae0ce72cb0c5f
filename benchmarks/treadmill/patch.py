# SPDX-License-Identifier: Apache-2.0
"""patch.py IN OUT LINE [FLAGS]: puts a workload's line and the flags word into a treadmill ELF."""
import struct
import sys

image = bytearray(open(sys.argv[1], "rb").read())
line = sys.argv[3].encode()
flags = int(sys.argv[4], 0) if len(sys.argv) > 4 else 1
if len(line) > 255:
    sys.exit("the line is longer than 255 bytes")
section_table, = struct.unpack_from("<Q", image, 40)
section_size, section_count = struct.unpack_from("<HH", image, 58)
sections = [struct.unpack_from("<IIQQQQIIQQ", image, section_table + i * section_size) for i in range(section_count)]
for symbols in (s for s in sections if s[1] == 2):
    names = sections[symbols[6]][4]
    for at in range(symbols[4], symbols[4] + symbols[5], 24):
        name, _, _, home, value, _ = struct.unpack_from("<IBBHQQ", image, at)
        start = names + name
        if image[start:image.index(0, start)] == b"treadmill_params":
            block = sections[home][4] + value - sections[home][3]
            struct.pack_into("<256sI", image, block, line, flags)
            open(sys.argv[2], "wb").write(image)
            sys.exit(0)
sys.exit("no symbol treadmill_params")
