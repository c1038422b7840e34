import type { ActReason } from '../shared/acts.ts'
import type { RemedyActed } from '../shared/remedies.ts'
import type { RemedyWhy } from '../shared/remedyInput.ts'
import { isShippedRule } from '../shared/rules.ts'
import { hostErrorWhat, serverErrorText } from './errorText.ts'
import type { Language } from './languages.ts'
import { sayIn } from './say.ts'

/** A rule of ours by its name, which operators know, and one of their own as they called it. */
export function ruleCalled(id: string, language: Language): string {
  return isShippedRule(id) ? sayIn(language)(`rules.names.${id}`) : id
}

export function actReasonText(reason: ActReason, language: Language): string {
  return typeof reason === 'string' ? reason : sayIn(language)('remedies.reason', { rule: ruleCalled(reason.rule, language) })
}

function whyText(why: RemedyWhy, language: Language): string {
  const say = sayIn(language)
  switch (why.kind) {
    case 'server':
      return serverErrorText(why.error, language).what
    case 'host':
      return hostErrorWhat(why.error, language)
    case 'ended': {
      const context = why.code === null ? 'killed' : why.code === 0 ? 'succeeded' : undefined
      return [say('remedies.why.ended', { ...why, context }), why.said && `“${why.said}”`].filter(Boolean).join(' ')
    }
    default:
      return say(`remedies.why.${why.kind}`, { ...why })
  }
}

export function remedyActName(act: RemedyActed['act'], language: Language): string {
  return sayIn(language)(`remedies.act.${act}`)
}

/** What an act of a remedy came to, and why. */
export function remedyActText({ act, outcome, why }: Pick<RemedyActed, 'act' | 'outcome' | 'why'>, language: Language): string {
  const acted = sayIn(language)(`remedies.outcome.${outcome}`, { act: remedyActName(act, language) })
  return why === null ? acted : [acted, whyText(why, language)].join(language === 'zh' ? '' : ' ')
}
