import { describe, expect, it } from 'vitest'
import { type Unrehearsed, unrehearsedSchema } from '../shared/rehearsal.ts'
import { languages } from './languages.ts'
import { rehearsalText, unrehearsedText } from './ruleText.ts'
import { expectSentence } from './words.fixture.ts'

/** One of each kind: the compiler asks for it. */
const remarks: { readonly [K in Unrehearsed['kind']]: Unrehearsed & { kind: K } } = {
  notKeptAsFigures: { kind: 'notKeptAsFigures' },
  keptSince: { kind: 'keptSince', from: Date.UTC(2026, 10, 14, 3, 0, 0) },
  tooMany: { kind: 'tooMany', subjects: 20, of: 47 },
  coarse: { kind: 'coarse', tier: 'minutes', stepMs: 60_000 },
  plans: { kind: 'plans' },
}
const some = (total: number) => ({ alarms: [], total })

describe.each(languages)('what a rehearsal comes to, in %s', (language) => {
  it('is a sentence for each thing that it does not say', () => {
    for (const remark of Object.values(remarks)) expectSentence(remark.kind, (tag) => unrehearsedText(remark, tag), language, remark)
  })
  it('has both numbers, the new one first', () => {
    expect(rehearsalText({ before: some(41), after: some(3), unrehearsed: [] }, language)).toMatch(/3.*41/)
  })
  it('has one number for a new rule, and where nothing changes', () => {
    expect(rehearsalText({ before: null, after: some(3), unrehearsed: [] }, language)).toMatch(/^[^\d]*3[^\d]*$/)
    expect(rehearsalText({ before: some(3), after: some(3), unrehearsed: [] }, language)).toMatch(/^[^\d]*3[^\d]*$/)
  })
  it('claims nothing where nothing was rehearsed', () => {
    expect(rehearsalText({ before: some(0), after: some(0), unrehearsed: [remarks.notKeptAsFigures] }, language)).toBe('')
  })
})

it('each remark is one that is sent', () => {
  for (const remark of Object.values(remarks)) expect(unrehearsedSchema.parse(remark)).toEqual(remark)
})
