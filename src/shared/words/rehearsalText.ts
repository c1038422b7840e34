import type { BeyondNow } from '../beyondNow.ts'
import type { Rehearsal, Unrehearsed } from '../rehearsal.ts'
import { catalogueOf } from './catalogue.ts'
import type { Language } from './languages.ts'
import { de } from './rehearsals/de.ts'
import { en } from './rehearsals/en.ts'
import { ko } from './rehearsals/ko.ts'
import type { RehearsalWords } from './rehearsals/rehearsalWords.ts'
import { ru } from './rehearsals/ru.ts'
import { zh } from './rehearsals/zh.ts'
import { textOf } from './texts.ts'

const catalogues = catalogueOf<RehearsalWords>('rehearsals', { en, de, zh, ru, ko }, ['unrehearsed.*'])

/** How many alarms there would have been, and how many there are with the rule as it stands; '' where nothing was rehearsed. */
export function rehearsalText({ before, after, unrehearsed }: Pick<Rehearsal, 'before' | 'after' | 'unrehearsed'>, language: Language): string {
  if (unrehearsed.some(({ kind }) => kind === 'notKeptAsFigures')) return ''
  const words = catalogues[language]
  return before === null ? words.alarms(after.total) : words.instead(after.total, before.total)
}

/** How much is beyond a rule's limit now; '' where no figure is compared. */
export function beyondText({ of, by, subjects, known, beyond, standing, tooMany }: Omit<BeyondNow, 'listed'>, language: Language): string {
  if (of === null || by === null) return ''
  const words = catalogues[language]
  const said = [
    known === 0 ? words.noneKnown(by) : words.beyond({ beyond, standing, known, of, by }),
    ...(known > 0 && known < subjects ? [words.unknown(subjects - known, by)] : []),
    ...(tooMany === null ? [] : [unrehearsedText({ kind: 'tooMany', ...tooMany }, language)]),
  ]
  return said.join(language === 'zh' ? '' : ' ')
}

/** What a rehearsal does not say, and why. */
export function unrehearsedText(remark: Unrehearsed, language: Language): string {
  return textOf(catalogues[language].unrehearsed, remark)
}
