import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createBytesChecksum } from './bytesChecksum.ts'

const checksum = createBytesChecksum()
function of(bytes: Uint8Array, offset = 0): readonly number[] {
  const moved = new Uint8Array(offset + bytes.length)
  moved.set(bytes, offset)
  checksum.begin()
  checksum.add(new DataView(moved.buffer), offset, bytes.length)
  return [checksum.even(), checksum.odd()]
}

it('is the same for the same bytes wherever they lie, and another one where up to four of them in a row changed', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 4, maxLength: 60 }),
      fc.nat(7),
      fc.nat(),
      fc.uint8Array({ minLength: 1, maxLength: 4 }),
      (bytes, offset, at, change) => {
        expect(of(bytes, offset)).toEqual(of(bytes))
        const changed = bytes.slice()
        changed.set(change, at % (bytes.length - change.length + 1))
        if (changed.some((byte, index) => byte !== bytes[index])) expect(of(changed)).not.toEqual(of(bytes))
      },
    ),
    { numRuns: 2_000 },
  )
})

it('is another one for bytes in another order, for more of them, and for fewer', () => {
  const text = (words: string) => of(Buffer.from(words))
  const all = ['"id":"28a6ad5d","type":"rtspSession"', '"type":"rtspSession","id":"28a6ad5d"', '"id":"28a6ad5d"', '"id":"28a6ad5d",', '', '\0'].map(text)
  expect(new Set(all.map(String)).size).toBe(all.length)
})
