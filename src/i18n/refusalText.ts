import { serverErrorSchema } from '../shared/errors.ts'
import { messageOf, type Refusal, refusalSchema } from '../shared/refusals.ts'
import { formatMomentInZone } from '../shared/units.ts'
import { hostErrorText, serverErrorSentences, serverErrorText } from './errorText.ts'
import type { Language } from './languages.ts'
import { toolProblemText } from './pictureText.ts'
import { sayIn } from './say.ts'
import { problemText } from './validationErrorText.ts'

export function refusalText(refusal: Refusal, language: Language): string {
  const say = sayIn(language)
  switch (refusal.kind) {
    case 'notAccepted': {
      const validationErrors = refusal.validationErrors
        .map(({ field, validationError }) => problemText({ at: '', key: field, validationError }, language))
        .join('; ')
      return say('refusals.notAccepted', { validationErrors, more: refusal.more > 0 && say('acknowledging.more', { more: refusal.more }) })
    }
    case 'hostNotAsked':
      return refusal.error === null ? say('refusals.hostNotAsked', { name: refusal.name }) : hostErrorText(refusal.error, language)
    case 'serverNotChanged': {
      const { name, error } = refusal
      return say('refusals.serverNotChanged', {
        name,
        error: error && serverErrorText(error, language).what,
        context: error === null ? 'notAsked' : undefined,
      })
    }
    case 'toolUnusable':
      return say('refusals.toolUnusable', { problem: toolProblemText(refusal.problem, language) })
    case 'alarmsNotKept':
      return say('refusals.alarmsNotKept', { since: formatMomentInZone(refusal.since, language) })
    case 'notAllowed':
      return say('refusals.notAllowed', { ...refusal, context: refusal.has === null ? 'none' : undefined })
    case 'notStored':
      return say('refusals.notStored', { context: refusal.because })
    default:
      return say(messageOf(refusal.kind), { ...refusal })
  }
}

const dataOf = (thrown: unknown): unknown => (typeof thrown === 'object' && thrown !== null && 'data' in thrown ? thrown.data : null)

/** The refusal that anything thrown carries; null: none. */
export function refusalIn(thrown: unknown): Refusal | null {
  return refusalSchema.safeParse(dataOf(thrown)).data ?? null
}

/** The same for anything thrown, and why a server did not answer; null if it carries neither. */
export function thrownRefusalText(thrown: unknown, language: Language): string | null {
  const refusal = refusalIn(thrown)
  if (refusal !== null) return refusalText(refusal, language)
  const { data: error } = serverErrorSchema.safeParse(dataOf(thrown))
  return error === undefined ? null : serverErrorSentences(error, language)
}
