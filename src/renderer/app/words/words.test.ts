import { describe, expect, it } from 'vitest'
import { de } from './de.ts'
import { en } from './en.ts'

const flat = (words: object, before = ''): Map<string, string> =>
  new Map(
    Object.entries(words).flatMap(([key, value]) =>
      typeof value === 'string' ? [[`${before}${key}`, value] as const] : [...flat(value as object, `${before}${key}.`)],
    ),
  )
const placeholders = (text: string) => [...new Set([...text.matchAll(/\{\{(\w+)/g)].map(([, name]) => name))].sort()

describe.each([['German', de]] as const)('%s', (_, words) => {
  const english = flat(en)
  const other = flat(words)
  it('fills in nothing that English does not fill in', () => {
    for (const [key, text] of other) {
      const original = english.get(key)
      if (original !== undefined) expect([key, placeholders(text)]).toEqual([key, placeholders(original)])
    }
  })
  it('has nearly every word', () => {
    const missing = [...english.keys()].filter((key) => !other.has(key))
    expect(missing.length / english.size, `missing: ${missing.join(', ')}`).toBeLessThan(0.05)
  })
})
