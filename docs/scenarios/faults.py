# SPDX-License-Identifier: Apache-2.0
# Flips each bit of a page table's entry in a fork of one state, and shows which of them the guest notices.
import sys

image = sys.argv[1]
m = penumbra.machine(image=image, memory='64M')
m.run(until={'event': 'root'})
m.step(50)
base = m.snapshot()
pte = m.walk(m.harts[0].pc)[-1]
outcomes = {}
for bit in range(0, 54):
    f = base.fork()
    f.memory.u64[pte['offset']] ^= 1 << bit
    end = f.run(limit=3_000_000)
    outcome = '%s %s' % (end['reason'], end['status'])
    outcomes.setdefault(outcome, []).append(bit)
    f.close()
for outcome, bits in outcomes.items():
    print(outcome, len(bits), bits)
print(sum(len(bits) for bits in outcomes.values()), 'forks')
