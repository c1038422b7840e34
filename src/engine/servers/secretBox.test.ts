import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createSecretBox } from './secretBox.ts'

describe('secrets at rest', () => {
  it('come back as they went in, for their owner only', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed()),
        fc.uuid(),
        fc.uuid(),
        (secret, owner, other) => {
          const box = createSecretBox(new Uint8Array(32).fill(7))
          const sealed = box.seal(secret, owner)
          expect(box.open(sealed, owner)).toBe(secret)
          if (other !== owner) expect(box.open(sealed, other)).toBeNull()
        },
      ),
    )
  })
  it('stay closed for another key, and when one bit was changed', () => {
    const sealed = createSecretBox(randomBytes(32)).seal('watch-me', 'a')
    expect(createSecretBox(randomBytes(32)).open(sealed, 'a')).toBeNull()
    const box = createSecretBox(new Uint8Array(32))
    const good = box.seal('watch-me', 'a')
    for (let i = 0; i < good.length; i++) {
      const bad = Uint8Array.from(good)
      bad[i] = (bad[i] ?? 0) ^ 1
      expect(box.open(bad, 'a')).toBeNull()
    }
    expect(Buffer.from(good).includes('watch-me')).toBe(false)
  })
})
