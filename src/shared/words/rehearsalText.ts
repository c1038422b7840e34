import { sayIn } from '../../i18n/say.ts'
import type { BeyondNow } from '../beyondNow.ts'
import type { Rehearsal, Unrehearsed } from '../rehearsal.ts'
import type { Language } from './languages.ts'

/** How many alarms there would have been, and how many there are with the rule as it stands; '' where nothing was rehearsed. */
export function rehearsalText({ before, after, unrehearsed }: Pick<Rehearsal, 'before' | 'after' | 'unrehearsed'>, language: Language): string {
  if (unrehearsed.some(({ kind }) => kind === 'notKeptAsFigures')) return ''
  const facts = { after: after.total, before: before?.total, context: before?.total === after.total ? 'same' : undefined }
  return sayIn(language)(before === null ? 'rehearsals.alarms' : 'rehearsals.instead', facts)
}

/** How much is beyond a rule's limit now; '' where no figure is compared. */
export function beyondText({ of, by, subjects, known, beyond, standing, tooMany }: Omit<BeyondNow, 'listed'>, language: Language): string {
  if (of === null || by === null) return ''
  const say = sayIn(language)
  const facts = { context: by, beyond, standing, all: say('rehearsals.all', { context: of, known }) }
  const said = [
    known === 0 ? say('rehearsals.noneKnown', facts) : say(standing === null || standing === beyond ? 'rehearsals.beyond' : 'rehearsals.wouldBe', facts),
    ...(known > 0 && known < subjects ? [say('rehearsals.unknown', { context: by, count: subjects - known })] : []),
    ...(tooMany === null ? [] : [unrehearsedText({ kind: 'tooMany', ...tooMany }, language)]),
  ]
  return said.join(language === 'zh' ? '' : ' ')
}

/** What a rehearsal does not say, and why. */
export function unrehearsedText(remark: Unrehearsed, language: Language): string {
  return sayIn(language)(`rehearsals.unrehearsed.${remark.kind}`, { ...remark })
}
