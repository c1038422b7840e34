import { describe, expect, it } from 'vitest'
import type { PathPreview } from '../shared/pathEdits.ts'
import { pathEditOutcomes } from '../shared/pathSettings.ts'
import { pathChangeLastsText, pathOutcomeText, pathPreviewTexts } from './configurationText.ts'
import { languages } from './languages.ts'
import { expectSentence } from './words.fixture.ts'

const base: PathPreview = { basis: 'x', lines: [], interrupts: 'streams', streams: 1, readers: 1 }
const previews: readonly PathPreview[] = [
  base,
  { ...base, streams: 3, readers: 40 },
  { ...base, streams: 0, readers: 0 },
  { ...base, streams: null, readers: null },
  { ...base, interrupts: 'recording' },
  { ...base, interrupts: 'nothing' },
]

describe.each(languages)('changes of path settings, in %s', (language) => {
  it('say what they interrupt, how long they last, and what came of them', () => {
    for (const preview of previews) {
      const count = pathPreviewTexts(preview, 'en').length
      for (let i = 0; i < count; i++) expectSentence(`${preview.interrupts} ${i}`, (tag) => pathPreviewTexts(preview, tag)[i] ?? '', language, preview)
    }
    for (const outcome of pathEditOutcomes) expectSentence(outcome, (tag) => pathOutcomeText(outcome, tag), language)
    expect(pathPreviewTexts(base, language)).toContain(pathChangeLastsText(language))
  })
})

it('counts whom it disconnects', () => {
  expect(pathPreviewTexts(base, 'en')[0]).toBe('The server closes 1 stream, and so disconnects its source and 1 reader.')
  expect(pathPreviewTexts({ ...base, streams: null }, 'en')[0]).toContain('not known')
})
