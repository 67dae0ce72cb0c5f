// SPDX-License-Identifier: Apache-2.0
// Runs a guest under several translation models from one snapshot, and shows what each costs: node arguments are IMAGE.
const [image] = arguments
const m = penumbra.machine({ image, memory: '64M', model: 'native' })
m.step(20000)
const start = m.snapshot()
let expected
for (const options of [{ model: 'native' }, { model: 'tsp' }, { model: 'ssp', rootBuffer: 4 }, { model: 'hap' }]) {
  const f = start.fork(options)
  const end = f.run()
  expected ??= f.hash()
  if (f.hash() !== expected) throw new Error(`${f.model} computes something else`)
  console.log(f.model, end.status, f.counters.memoryVirtualisationExits)
  f.close()
}
