import type { Alarm, AlarmChange } from '../shared/alarms.ts'
import type { AlarmKind } from '../shared/rules.ts'
import type { Severity } from '../shared/severities.ts'
import type { Language } from './languages.ts'
import { type Facts, sayIn } from './say.ts'

/** Names of troubles and severities, which the window has already. */
interface AlarmNames {
  readonly trouble: (kind: AlarmKind) => string
  readonly severity: (severity: Severity) => string
}

export function alarmChangeText(change: AlarmChange, language: Language, names: AlarmNames): string {
  return sayIn(language)(`alarms.${change.kind}`, { ...change, ...withTexts(change, language, names) })
}

function withTexts(change: AlarmChange, language: Language, names: AlarmNames): Facts {
  switch (change.kind) {
    case 'raised':
    case 'returned':
    case 'recurred':
    case 'turned':
      return {
        ...('wellSince' in change && { wellMs: change.since - change.wellSince }),
        trouble: names.trouble(change.trouble),
        severity: names.severity(change.severity),
      }
    case 'healed':
      return { context: change.unexpected === true ? 'unexpected' : undefined }
    case 'suppressed':
    case 'closed':
      return { context: change.because }
    case 'acknowledged':
      return { by: takerName(change, language), context: change.until === null ? undefined : 'until' }
    case 'unacknowledged':
    case 'unshelved':
      return { context: change.by === null ? 'expired' : undefined }
    case 'shelved':
      return { healedForMs: change.endsHealedForMs, context: change.endsHealedForMs === null ? undefined : 'healed' }
    default:
      return {}
  }
}

/** Who acknowledged: the operator, or whoever used a link of a message. */
export function takerName({ by, link }: Pick<NonNullable<Alarm['acknowledged']>, 'by' | 'link'>, language: Language): string {
  return link === undefined ? by : sayIn(language)('acknowledging.byLink', { by, link, context: by === '' ? 'nameless' : undefined })
}
