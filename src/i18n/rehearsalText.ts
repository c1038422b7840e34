import type { Rehearsal, Unrehearsed } from '../shared/rehearsal.ts'
import type { Language } from './languages.ts'
import { sayIn } from './say.ts'

/** How many alarms there would have been, and how many there are with the rule as it stands; '' where nothing was rehearsed. */
export function rehearsalText({ before, after, unrehearsed }: Pick<Rehearsal, 'before' | 'after' | 'unrehearsed'>, language: Language): string {
  if (unrehearsed.some(({ kind }) => kind === 'notKeptAsFigures')) return ''
  const facts = { after: after.total, before: before?.total, context: before?.total === after.total ? 'same' : undefined }
  return sayIn(language)(before === null ? 'rehearsals.alarms' : 'rehearsals.instead', facts)
}

/** What a rehearsal does not say, and why. */
export function unrehearsedText(remark: Unrehearsed, language: Language): string {
  return sayIn(language)(`rehearsals.unrehearsed.${remark.kind}`, { ...remark })
}
