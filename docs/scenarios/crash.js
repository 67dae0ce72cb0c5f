// SPDX-License-Identifier: Apache-2.0
// From a trap back to the store that wrote what the trap handler found: arguments are IMAGE and the symbol of a variable.
const [image, variable] = arguments
const m = penumbra.machine({ image, memory: '16M', history: true })
let end = m.run({ until: { event: 'trap' } })
const trap = m.instructions
console.log('trap at', penumbra.hex(end.pc), 'after', trap)
m.run({ limit: 20000 })
end = m.reverse({ store: variable })
const store = m.disassemble(m.harts[0].pc, 1)[0]
console.log(end.reason, store.text, 'in', store.symbol, 'after', m.instructions)
m.goto(trap)
console.log('at the trap again:', m.instructions === trap)
