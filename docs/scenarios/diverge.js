// SPDX-License-Identifier: Apache-2.0
// Finds the first instruction at which two machines differ, by bisection from snapshots: one of them under another model, and with
// a byte of memory changed on the way. Argument: IMAGE.
const [image] = arguments
const length = 20000
const fault = 7777
const m = penumbra.machine({ image, memory: '16M' })
const start = m.snapshot()

function at(count, model, changed) {
  const f = start.fork({ model })
  f.step(Math.min(count, fault))
  if (changed && count >= fault) f.memory.u8[0xf00000] = 1
  if (count > fault) f.step(count - fault)
  const hash = f.hash()
  const where = f.harts[0].hex.pc
  f.close()
  return { hash, where }
}

function first(changed) {
  let same = 0
  let other = length
  if (at(length, 'native', false).hash === at(length, 'ssp', changed).hash) return 'none'
  while (other - same > 1) {
    const middle = (same + other) >> 1
    if (at(middle, 'native', false).hash === at(middle, 'ssp', changed).hash) same = middle
    else other = middle
  }
  return `${other} at ${at(other, 'native', false).where}`
}

console.log('two models:', first(false))
console.log('with a fault:', first(true))
