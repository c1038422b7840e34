import { describe, expect, it } from 'vitest'
import { type FileFault, fileFaultSchema } from '../shared/fileFaults.ts'
import { fileFaultText } from './consoleTroubleText.ts'
import { languages } from './languages.ts'
import { expectSentence } from './words.fixture.ts'

/** One of each kind: the compiler asks for it. */
const faults: Readonly<Record<FileFault['kind'], FileFault>> = {
  notThere: { kind: 'notThere' },
  cutOff: { kind: 'cutOff' },
  notOurs: { kind: 'notOurs' },
  tooLarge: { kind: 'tooLarge' },
  internal: { kind: 'internal' },
  damaged: { kind: 'damaged', detail: 'xyz: zyx' },
  newer: { kind: 'newer', form: 9, known: 8 },
  older: { kind: 'older', form: 1, known: 2 },
  misnamed: { kind: 'misnamed', name: 'minutes-2026-11-14.db' },
  someUnreadable: { kind: 'someUnreadable', count: 5 },
}

describe.each(languages)('what is wrong with a file, in %s', (language) => {
  it('has words for each kind', () => {
    for (const fault of Object.values(faults)) expectSentence(fault.kind, (tag) => `${fileFaultText(fault, tag)} ***`, language, [fault, 'mtxdeck Form Format'])
  })
})

it('each kind is sent as it is', () => {
  for (const fault of Object.values(faults)) expect(fileFaultSchema.parse(fault)).toEqual(fault)
})
