# SPDX-License-Identifier: Apache-2.0
# A device in Python, used by a driver in the guest: it is read, interrupts, and is written to, in the machine and in a fork of it.
import struct


class Sensor:
    at, size, irq, compatible = 0x10100000, 0x1000, 12, 'demo,sensor'

    def __init__(self):
        self.n = 0
        self.written = 0

    def read(self, offset, size):
        self.n += 1
        self.raise_()
        return self.n * 10 if offset == 0 else 0

    def write(self, offset, size, value):
        self.written = value
        self.lower()

    def save(self):
        return {'n': self.n, 'written': self.written}

    def load(self, saved):
        self.n, self.written = saved['n'], saved['written']


# lui a1, 0x10100; lw a0, 0(a1) three times; sw a0, 4(a1); then the finisher: lui t0, 0x100; lui t1, 5; addi t1, t1, 0x555; sw t1, 0(t0)
program = [0x101005b7, 0x0005a503, 0x0005a503, 0x0005a503, 0x00a5a223, 0x001002b7, 0x00005337, 0x55530313, 0x0062a023]
sensor = Sensor()
m = penumbra.machine(bytes=struct.pack('<9I', *program), raw=True, memory='1M', devices=[sensor])
while m.harts[0]['pc'] != 0x80000008:
    m.step(1)
pending = m.bus.load(0x0c001000, 4) >> 12 & 1
base = m.snapshot()
end = m.run()
f = base.fork(model='ssp')
again = f.run()
print(end['status'], sensor.n, sensor.written, 'pending', pending)
print(again['status'], f.harts[0]['a0'] == m.harts[0]['a0'])
