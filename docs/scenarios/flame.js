// SPDX-License-Identifier: Apache-2.0
// Where a guest spends its instructions, and its exits: a flame graph. Arguments: IMAGE and the picture's file.
const [image, picture] = arguments
const m = penumbra.machine({ image, memory: '64M', model: 'tsp' })
m.profile()
m.run()
m.profile(picture)
console.log(m.instructions, 'instructions')
