import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createBlockPool } from './blockPool.ts'

test('chains keep their bytes apart, whatever is appended and freed in which order', () => {
  const step = fc.record({ chain: fc.nat(4), count: fc.nat(200), free: fc.boolean() })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const pool = createBlockPool()
      const chains = { head: new Int32Array(5), tail: new Int32Array(5), length: new Int32Array(5) }
      const wanted: number[][] = [[], [], [], [], []]
      let next = 0
      for (const { chain, count, free } of steps) {
        const bytes = Uint8Array.from({ length: count + 2 }, () => next++)
        if (free) {
          pool.free(chains, chain)
          wanted[chain] = []
        }
        // The first and last byte are not asked for.
        pool.append(chains, chain, bytes, 1, count + 1)
        wanted[chain]?.push(...bytes.subarray(1, count + 1))
      }
      for (const [chain, bytes] of wanted.entries()) expect([...pool.read(chains, chain)]).toEqual(bytes)
      expect(pool.usedBytes()).toBe(wanted.reduce((sum, bytes) => sum + Math.ceil(bytes.length / 64) * 64, 0))
    }),
  )
})
