import type { PathEditOutcome } from '../pathChanges.ts'
import type { PathPreview } from '../pathEdits.ts'
import { catalogueOf } from './catalogue.ts'
import type { Language } from './languages.ts'
import { de } from './pathEdits/de.ts'
import { en } from './pathEdits/en.ts'
import { ko } from './pathEdits/ko.ts'
import type { PathEditWords } from './pathEdits/pathEditWords.ts'
import { ru } from './pathEdits/ru.ts'
import { zh } from './pathEdits/zh.ts'

const catalogues = catalogueOf<PathEditWords>('pathEdits', { en, de, zh, ru, ko }, ['*', 'outcomes.*'])
/** Settings that one sentence names. */
const mostNamed = 5

/** What a change of path settings interrupts, how long it lasts, and whether it can be set back. */
export function pathPreviewTexts({ interrupts, streams, readers, notKept }: PathPreview, language: Language): string[] {
  const words = catalogues[language]
  const named = `${notKept.slice(0, mostNamed).join(', ')}${notKept.length > mostNamed ? ', …' : ''}`
  const interrupted = interrupts === 'streams' ? words.streams(streams, readers ?? 0) : words[interrupts]()
  return [interrupted, words.lasts(), ...(notKept.length === 0 ? [] : [words.notKept(named)])]
}

export function pathOutcomeText(outcome: PathEditOutcome, language: Language): string {
  return catalogues[language].outcomes[outcome]()
}
/** How long what the API of a server changes lasts. */
export function pathChangeLastsText(language: Language): string {
  return catalogues[language].lasts()
}
