// SPDX-License-Identifier: Apache-2.0
// What hooks cost: the same commands in a booted Linux without hooks, with a function that counts VM exits, and with
// their rows recorded, in turns, in one machine that is warm. Run: penumbra script --allow-all hooks.js [-- ROUNDS]
// Times are those of the thread's processor time, as the guest and the hooks share one thread.
const rounds = Number(arguments[0] ?? 5)
const threads = Java.type('java.lang.management.ManagementFactory').getThreadMXBean()
const m = penumbra.machine({ kernel: 'debian', memory: '256M', model: 'tsp' })
m.console.expect('~ # ')

let exits = 0
function turn(kind) {
  let counted = 0
  const hook = kind === 'count' ? m.on('exit', {}, () => { counted++ }) : kind === 'record' ? m.record(['exit']) : null
  const before = m.counters.memoryVirtualisationExits
  const start = threads.getCurrentThreadCpuTime()
  m.console.send('for i in 1 2 3 4 5 6 7 8 9 10; do for j in 1 2 3 4 5; do ls / > /dev/null; done; done; echo do""ne\n')
  m.console.expect('done\r\n')
  m.console.expect('~ # ')
  const time = (threads.getCurrentThreadCpuTime() - start) / 1e6
  exits = m.counters.memoryVirtualisationExits - before
  if (kind === 'count' && counted !== exits) throw new Error(`counted ${counted} of ${exits}`)
  if (kind === 'record' && hook.count !== exits) throw new Error(`recorded ${hook.count} of ${exits}`)
  if (kind === "record") hook.close(); else hook?.remove()
  return time
}

for (let i = 0; i < 4; i++) for (const kind of ['none', 'count', 'record']) turn(kind)
const times = { none: [], count: [], record: [] }
for (let i = 0; i < rounds; i++) for (const kind in times) times[kind].push(turn(kind))
const median = list => list.toSorted((a, b) => a - b)[list.length >> 1]
console.log(exits, 'exits')
for (const kind in times) {
  console.log(kind.padEnd(8), median(times[kind]).toFixed(0).padStart(6), 'ms',
    (median(times[kind]) / median(times.none)).toFixed(3))
}
