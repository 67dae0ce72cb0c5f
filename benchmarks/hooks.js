// SPDX-License-Identifier: Apache-2.0
// What observing VM exits costs: processor time of a run without a listener, with a function that counts exits, and
// with a record of them, in turns from one snapshot. Run it from the project's directory:
//
//     ./penumbra script --allow-all benchmarks/hooks.js [ROUNDS]
const [rounds = '5'] = arguments
const image = 'benchmarks/src/main/resources/org/penumbra/benchmarks/treadmill/treadmill.elf'
const RUNS = 4 // some 27,000 exits each
const threads = Java.type('java.lang.management.ManagementFactory').getThreadMXBean()

const m = penumbra.machine({ image, memory: '128M', model: 'tsp' })
const start = m.snapshot()
let counted = 0
const ways = {
  none: () => () => {},
  hook: () => { const hook = m.on('exit', () => { counted++ }); return () => hook.remove() },
  record: () => { const record = m.record(['exit']); return () => { counted += record.count; record.close() } }
}
const millis = { none: [], hook: [], record: [] }
let expected
function measure(way, keep) {
  counted = 0
  const end = ways[way]()
  let nanos = 0
  let exits = 0
  for (let i = 0; i < RUNS; i++) {
    m.restore(start)
    const before = threads.getCurrentThreadCpuTime()
    if (m.run().status !== 0) throw new Error('the guest has failed')
    nanos += Number(threads.getCurrentThreadCpuTime() - before)
    exits += m.counters.memoryVirtualisationExits
    expected ??= JSON.stringify(counts())
    if (JSON.stringify(counts()) !== expected) throw new Error(`${way} changes what is counted`)
  }
  end()
  if (way !== 'none' && counted !== exits) throw new Error(`${way} has seen ${counted} of ${exits} exits`)
  if (keep) millis[way].push(nanos / 1e6)
  return exits
}
function counts() {
  const { hostSeconds, compiler, measured, boot, parts, ...rest } = m.counters
  return [rest.instructions, rest.memoryVirtualisationExits, rest.fastPathEntries, rest.tlb.misses]
}
let exits = 0
for (let round = -1; round < Number(rounds); round++) {
  for (const way of Object.keys(ways)) exits = measure(way, round >= 0) // the first round warms up
}
const best = way => Math.min(...millis[way])
console.log(`${exits} exits`)
for (const way of Object.keys(ways)) {
  console.log(`${way.padEnd(8)} best ${best(way).toFixed(0)} ms, ${(best(way) / best('none')).toFixed(3)} of none; all ${
    millis[way].map(one => one.toFixed(0)).join(' ')}`)
}
