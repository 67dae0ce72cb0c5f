// SPDX-License-Identifier: Apache-2.0
// Boots Linux once, works on its console, and shows what the same commands cost under three models, from one snapshot. Writes a picture
// for each (run with --write .).
const m = penumbra.machine({ kernel: 'debian', memory: '512M', model: 'native' })
m.run({ until: { text: /~ # $/ } })                       // boot once
const booted = m.snapshot()
for (const options of [{ model: 'tsp' }, { model: 'ssp', rootBuffer: 4 }, { model: 'hap' }]) {
  const { model } = options
  const f = booted.fork(options)
  const exits = f.record(['exit', 'fence'])
  let copies = 0
  f.on('exit', { cause: 'pt_write_leaf' }, e => { if (f.where(e.pc)?.symbol === 'copy_page_range') copies++ })
  f.console.send('for i in 1 2 3; do ls / > /dev/null; done; echo done\n')
  const end = f.run({ until: { text: /done\n/ }, limit: 2e9 })
  if (end.reason !== 'text') throw new Error(`${model}: ${end.reason} at ${end.pc}`)
  exits.groupBy('cause').plot('time').svg(`${model}.svg`)
  console.log(model, copies, f.counters.since(booted))
}
