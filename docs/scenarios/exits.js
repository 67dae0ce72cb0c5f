// SPDX-License-Identifier: Apache-2.0
// Where VM exits come from: the guest's functions that cause them, and a picture of them over guest time.
const [image, picture] = arguments
const m = penumbra.machine({ image, memory: '64M', model: 'tsp' })
const exits = m.record(['exit'])
const by = {}
m.on('exit', { cause: 'pt_write_leaf' }, e => {
  const symbol = m.where(e.pc)?.symbol ?? '?'
  by[symbol] = (by[symbol] ?? 0) + 1
})
m.run()
console.log(JSON.stringify(by), JSON.stringify(exits.groupBy('cause').counts))
if (picture) exits.groupBy('cause').plot('time').svg(picture)
