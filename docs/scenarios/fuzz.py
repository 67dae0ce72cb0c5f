# SPDX-License-Identifier: Apache-2.0
# Fuzzes a system call: from the state in front of an ecall, forks with random registers, and what became of them. Arguments: IMAGE and
# the function that makes the call.
import random
import sys

image, function = sys.argv[1:3]
m = penumbra.machine(image=image, memory='16M')
m.run(until=function)
while m.disassemble(m.harts[0].pc, 1)[0]['text'] != 'ecall':
    m.step(1)
base = m.snapshot()
chance = random.Random(1)
outcomes = {}
for _ in range(40):
    f = base.fork()
    for register in ('a0', 'a1', 'a2', 'a7'):
        f.harts[0][register] = chance.getrandbits(62)
    end = f.run(limit=1_000_000)
    outcome = '%s %s' % (end['reason'], end['status'])
    outcomes[outcome] = outcomes.get(outcome, 0) + 1
    f.close()
print(sum(outcomes.values()), 'calls', outcomes)
