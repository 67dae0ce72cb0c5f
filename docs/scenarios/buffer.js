// SPDX-License-Identifier: Apache-2.0
// How many exits and root evictions Swift Shadow Paging has with a smaller buffer of shadow roots.
const [image] = arguments
for (const rootBuffer of [0, 1, 2, 4, 8, 16]) {
  const m = penumbra.machine({ image, memory: '64M', model: 'ssp', rootBuffer })
  m.run()
  console.log(rootBuffer, m.counters.memoryVirtualisationExits, m.counters.shadow.rootEvictions)
  m.close()
}
