// SPDX-License-Identifier: Apache-2.0
// One run under three models in turn: the guest does not notice. Argument: IMAGE.
const [image] = arguments
const alone = penumbra.machine({ image, memory: '16M' })
alone.run()
const m = penumbra.machine({ image, memory: '16M', model: 'native' })
for (const [model, options] of [['ssp', { rootBuffer: 2 }], ['hap', {}], ['tsp', {}]]) {
  m.run({ limit: 8000 })
  console.log(m.model, m.counters.memoryVirtualisationExits)
  m.switchModel(model, options)
}
const end = m.run()
console.log(m.model, m.counters.memoryVirtualisationExits > 0, end.status, m.console.read() === alone.console.read())
