import { describe, expect, it } from 'vitest'
import type { BeyondNow } from '../beyondNow.ts'
import { type Unrehearsed, unrehearsedSchema } from '../rehearsal.ts'
import { subjectKinds } from '../subjects.ts'
import { languages } from './languages.ts'
import { beyondText, rehearsalText, unrehearsedText } from './rehearsalText.ts'
import { expectSentence } from './words.fixture.ts'

/** One of each kind: the compiler asks for it. */
const remarks: { readonly [K in Unrehearsed['kind']]: Unrehearsed & { kind: K } } = {
  notKeptAsFigures: { kind: 'notKeptAsFigures' },
  byAlarms: { kind: 'byAlarms' },
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

describe.each(languages)('what is beyond a limit now, in %s', (language) => {
  const now = (more: Partial<BeyondNow> = {}): BeyondNow => ({
    rule: 'mine',
    at: 0,
    of: 'stream',
    by: 'limit',
    subjects: 47,
    known: 47,
    beyond: 5,
    standing: 3,
    tooMany: null,
    listed: [],
    ...more,
  })
  const said = (more: Partial<BeyondNow> = {}) => beyondText(now(more), language)
  it('has the number with the rule as entered, that of all, and the number as the rule stands', () => {
    for (const number of [/5/, /47/, /3/]) expect(said()).toMatch(number)
    for (const more of [{ standing: null }, { standing: 5 }]) expect(said(more)).not.toMatch(/3/)
  })
  it('is another sentence for each kind of subject, and for what is absent', () => {
    expect(new Set([...subjectKinds.map((of) => said({ of })), said({ by: 'absence' })]).size).toBe(subjectKinds.length + 1)
  })
  it('says of how many nothing is known, and of how many it was not asked', () => {
    expect(said({ known: 35 })).toMatch(/12/)
    expect(said({ known: 0, beyond: 0, standing: 0 })).not.toMatch(/\d/)
    expect(said({ tooMany: { subjects: 20, of: 61 } })).toMatch(/61/)
    expect(said({ known: 0, by: 'unusual' })).not.toBe(said({ known: 0 }))
    expect(said({ known: 35, by: 'unusual' })).toMatch(/12/)
    expect(said({ of: null, by: null })).toBe('')
  })
})

it('is said of one as of one, in English', () => {
  const one = { rule: 'mine', at: 0, of: 'host', by: 'limit', subjects: 3, known: 2, beyond: 1, standing: null, tooMany: null, listed: [] } as const
  expect(beyondText({ ...one }, 'en')).toBe('Beyond the limit now: 1 of 2 hosts. Without a figure now: 1 more.')
  expect(beyondText({ ...one, known: 3, standing: 0 }, 'en')).toBe('Beyond the limit now: 1 of 3 hosts; with the current rule, 0.')
})

it('each remark is one that is sent', () => {
  for (const remark of Object.values(remarks)) expect(unrehearsedSchema.parse(remark)).toEqual(remark)
})
