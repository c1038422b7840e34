import type { Alarm } from '../alarms.ts'
import { consoleTroubleSchema } from '../consoleTroubles.ts'
import type { Reason } from '../reasons.ts'
import { isTroubleKind } from '../troubles.ts'
import { consoleTroubleText } from './consoleTroubleText.ts'
import { hostErrorWords, serverErrorWords } from './errorText.ts'
import { eventText, eventWords } from './eventText.ts'
import type { Language } from './languages.ts'
import { pictureText } from './pictureText.ts'
import { de } from './reasons/de.ts'
import { en } from './reasons/en.ts'
import { ko } from './reasons/ko.ts'
import type { ReasonWords } from './reasons/reasonWords.ts'
import { ru } from './reasons/ru.ts'
import { zh } from './reasons/zh.ts'
import { ruleTodo } from './ruleText.ts'
import { sendFailureText } from './sendFailureText.ts'
import { textOf } from './texts.ts'
import { usualRangeText } from './usualText.ts'

const catalogues: Readonly<Record<Language, ReasonWords>> = { en, de, zh, ru, ko }

/** A reason in one sentence. */
export function reasonText(reason: Reason, language: Language): string {
  const { events, someServer } = eventWords[language]
  const nameless = { name: someServer, path: null, at: 0 }
  switch (reason.kind) {
    case 'streamOff':
      return events.streamOff(reason, nameless)
    case 'streamEnded':
      return events.streamEnded(reason, nameless)
    case 'slateOn':
      return events.slateOn(reason, nameless)
    case 'serverError':
      return serverErrorWords(reason.error, language).what
    case 'probeDown':
      return pictureText(reason.error, language)
    case 'hostError':
      return hostErrorWords(reason.error, language).what
    case 'consoleTrouble': {
      const known = consoleTroubleSchema.safeParse(reason.trouble)
      return known.success ? consoleTroubleText(known.data, language) : String(reason.trouble.kind)
    }
    case 'happened':
      return eventText({ ...reason.event, text: '' }, language)
    case 'noNetwork':
      return events.consoleGap({ cause: 'noNetwork', begins: true }, nameless)
    case 'offUsual':
      return `${catalogues[language].reasons.offUsual(reason)} ${usualRangeText(reason.metric, reason, reason, language)}`
    case 'messageRefused':
    case 'channelUnreachable':
    case 'drillFailed':
      return `${textOf(catalogues[language].reasons, reason)} ${sendFailureText(reason.failure, language)}`
    case 'mediaFailing':
      return `${textOf(catalogues[language].reasons, reason)} ${pictureText(reason.error, language)}`
    case 'told':
      return reason.text
    default:
      return textOf(catalogues[language].reasons, reason)
  }
}

/** `reasonText`, or null without a reason. */
export function reasonTextOrNull(reason: Reason | null, language: Language): string | null {
  return reason === null ? null : reasonText(reason, language)
}

/** `text` says what is wrong, `todo` what to do: for an alarm as its rule says. */
export function troubleWords(
  { kind, why, rule = kind, runbook }: Pick<Alarm, 'kind' | 'why' | 'rule' | 'runbook'>,
  language: Language,
): { readonly text: string; readonly todo: string } {
  return { text: reasonText(why, language), todo: runbook ?? usualTodo(kind, rule, why, language) }
}

function usualTodo(kind: Alarm['kind'], rule: string, why: Reason, language: Language): string {
  if (why.kind === 'serverError') return serverErrorWords(why.error, language).todo
  if (why.kind === 'hostError') return hostErrorWords(why.error, language).todo
  return todoOf(isTroubleKind(kind) ? kind : rule, language)
}

/** What to do about what a shipped rule finds; '' for other rules. */
export function todoOf(rule: string, language: Language): string {
  return isTroubleKind(rule) ? catalogues[language].todo[rule] : ruleTodo(rule, language)
}
