// SPDX-License-Identifier: Apache-2.0
// The first fences of a guest, with the instruction behind each, and how the page tables look there.
const [image] = arguments
const m = penumbra.machine({ image, memory: '64M', model: 'ssp' })
let left = 5
m.on('fence', null, e => {
  console.log(e.instruction, penumbra.hex(e.pc), m.disassemble(e.pc)[0].text, e.gva === -1 ? 'all' : penumbra.hex(e.gva))
  return --left === 0 ? 'stop' : undefined
})
const end = m.run()
console.log(end.reason)
