import { describe, expect, it } from 'vitest'
import { type SizingWhy, sizingSchema } from '../shared/sizing.ts'
import { languages } from './languages.ts'
import { sizingWhyText } from './sizingText.ts'
import { withTexts } from './withTexts.ts'
import { expectSentence } from './words.fixture.ts'

/** One of each kind: the compiler asks for it. */
const whys: { readonly [K in SizingWhy['kind']]: Extract<SizingWhy, { kind: K }> } = {
  notTied: { kind: 'notTied' },
  steady: { kind: 'steady' },
  needsData: { kind: 'needsData', minutes: 11 },
}

describe.each(languages)('the sizing of a host in %s', (language) => {
  it('says why it cannot tell, whatever the reason', () => {
    for (const why of Object.values(whys)) expectSentence(why.kind, (tag) => sizingWhyText(why, tag), language)
  })
})

it('REST sends the sentences beside what they are made of', () => {
  const sizing = { hostId: 'host-a', spanMs: 60_000, why: whys.needsData, perStream: null, limits: [] }
  expect(withTexts(sizingSchema, sizing, 'de')).toEqual({ ...sizing, words: 'Es fehlen noch 11 Minuten mit Daten von Rechner und Server.' })
})
