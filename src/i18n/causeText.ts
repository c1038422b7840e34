import type { Cause, CauseFacts } from '../shared/causes.ts'
import type { Language } from './languages.ts'
import { type Facts, sayIn } from './say.ts'
import { begun } from './texts.ts'

/** One clause of why something went wrong, with how sure it is. */
export function causeText({ facts, sure }: Cause, language: Language): string {
  const say = sayIn(language)
  const id = facts.kind === 'network' && facts.rttMs !== null && facts.latencyMs !== null ? 'networkTight' : facts.kind
  const clause = say(`causes.causes.${id}`, { ...facts, ...formOf(facts) })
  return sure === 'seen' ? clause : say(`causes.sure.${sure}`, { clause })
}

function formOf(facts: CauseFacts): Facts {
  return facts.kind === 'udpErrors' ? { perSecond: Math.round(facts.perSecond * 10) / 10 } : {}
}

/** All of them as a sentence; '' without any. */
export function causesText(causes: readonly Cause[] | undefined, language: Language): string {
  if (causes === undefined || causes.length === 0) return ''
  const say = sayIn(language)
  return say('causes.sentence', { clauses: begun(causes.map((cause) => causeText(cause, language)).join(say('causes.between'))) })
}
