import { describe, expect, it } from 'vitest'
import { archiveKinds, type ContentFault, fileFaultSchema, fileParts, plainFileFaults } from '../fileFaults.ts'
import { partFault } from '../partFault.ts'
import { fileFaultsText, fileFaultText, heldText } from './fileFaultText.ts'
import { languages } from './languages.ts'
import { expectSentence } from './words.fixture.ts'

type WithFacts = Exclude<ContentFault, { kind: (typeof plainFileFaults)[number] }>
/** One of each kind: the compiler asks for it. */
const withFacts: { readonly [K in WithFacts['kind']]: Extract<WithFacts, { kind: K }> } = {
  quoted: { kind: 'quoted', text: 'xyz: zyx' },
  size: { kind: 'size', bytes: 5, expected: 7 },
  newer: { kind: 'newer', form: 9, known: 8 },
  noForm: { kind: 'noForm', form: 9 },
  otherShape: { kind: 'otherShape', name: 'xyz', form: 9 },
  otherPeriod: { kind: 'otherPeriod', of: 'minutes', period: '2026-11-14' },
  missing: { kind: 'missing', what: 'column', no: 5 },
  roundCount: { kind: 'roundCount', rounds: 5, expected: 7 },
  otherStep: { kind: 'otherStep', stepMs: 30_000 },
  tooManyPictures: { kind: 'tooManyPictures', count: 3_000, most: 2_000 },
  tooManySubjects: { kind: 'tooManySubjects', subjects: 3_000, days: 3_650 },
  entryWrong: { kind: 'entryWrong', entry: 'xyz' },
  unreadable: { kind: 'unreadable', of: 'limit', name: 'xyz' },
  someUnreadable: { kind: 'someUnreadable', of: 'alarms', count: 5 },
  textsLost: { kind: 'textsLost', facts: 5 },
  valueUnfit: { kind: 'valueUnfit', table: 'xyz', column: 'zyx' },
}
const faults: readonly ContentFault[] = [
  ...plainFileFaults.map((kind) => ({ kind })),
  ...Object.values(withFacts),
  ...(['layout', 'subject', 'seal', 'server'] as const).map((what) => ({ kind: 'missing', what, no: 5 }) as const),
  { kind: 'missing', what: 'rounds', no: null },
  ...(['server', 'host', 'probe'] as const).map((of) => ({ kind: 'unreadable', of, name: 'xyz' }) as const),
  ...(['sessions', 'configurations', 'pictures'] as const).map((of) => ({ kind: 'someUnreadable', of, count: 5 }) as const),
]
const names = 'Layout Text Block JPEG Form Bytes Server Streams Host ms mtxdeck limit'

describe.each(languages)('what is wrong with a file, in %s', (language) => {
  it('has words for each kind, of a file and of each part of one', () => {
    for (const fault of faults) expectSentence(fault.kind, (tag) => `${fileFaultText(fault, tag)} ***`, language, [fault, names])
    for (const of of fileParts) {
      const fault = partFault(of, 5, { kind: 'changed' }, of === 'chunk' ? 3 : null)
      expectSentence(of, (tag) => fileFaultText(fault, tag), language, names)
    }
  })

  it('names what a file of the history holds', () => {
    for (const of of archiveKinds) expectSentence(of, (tag) => `${heldText(of, '2026', tag)} ***`, language)
  })

  it('joins several', () => {
    expect(fileFaultsText([{ kind: 'cutOff' }, { kind: 'empty' }], language)).toMatch(/.+[;；].+/)
  })
})

it('each kind is sent as it is', () => {
  for (const fault of [...faults, partFault('chunk', 5, { kind: 'changed' }, 3)]) expect(fileFaultSchema.parse(fault)).toEqual(fault)
})
