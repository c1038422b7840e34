import type { ActReason } from '../actReasons.ts'
import type { RemedyActed, RemedyRehearsal } from '../remedies.ts'
import type { RemedyWhy } from '../remedyOutcomes.ts'
import { catalogueOf } from './catalogue.ts'
import { hostErrorWhat, serverErrorWords } from './errorText.ts'
import type { Language } from './languages.ts'
import { de } from './remedies/de.ts'
import { en } from './remedies/en.ts'
import { ko } from './remedies/ko.ts'
import type { RemedyWords } from './remedies/remedyWords.ts'
import { ru } from './remedies/ru.ts'
import { zh } from './remedies/zh.ts'
import { textOf } from './texts.ts'

const catalogues = catalogueOf<RemedyWords>('remedies', { en, de, zh, ru, ko }, [
  'acted.kickPublisher.*',
  'acted.restartSource.*',
  'acted.restartPath.*',
  'acted.runCommand.*',
  'why.*',
])

/** Why something was done on a server. */
export function actReasonText(reason: ActReason, language: Language): string {
  return typeof reason === 'string' ? reason : catalogues[language].reason(reason.rule)
}

function whyText(why: RemedyWhy, language: Language): string {
  if (why.kind === 'server') return serverErrorWords(why.error, language).what
  return why.kind === 'host' ? hostErrorWhat(why.error, language) : textOf(catalogues[language].why, why)
}

/** What an act of a remedy came to, and why. */
export function remedyActText({ act, outcome, why }: Pick<RemedyActed, 'act' | 'outcome' | 'why'>, language: Language): string {
  return [catalogues[language].acted[act][outcome](), ...(why === null ? [] : [whyText(why, language)])].join(language === 'zh' ? '' : ' ')
}

/** What a remedy would have done; '' where nothing could be rehearsed. */
export function remedyRehearsalText(rehearsal: RemedyRehearsal, language: Language): string {
  return rehearsal.unrehearsed.some(({ kind }) => kind === 'notKeptAsFigures') ? '' : catalogues[language].rehearsed(rehearsal)
}
