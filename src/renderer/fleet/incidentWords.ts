import { streamsMessage } from '../../i18n/incidentText.ts'
import { ruleName } from '../../i18n/ruleText.ts'
import type { Alarm } from '../../shared/alarms.ts'
import type { Incident } from '../../shared/incidents.ts'
import { isRuleAlarm, isShippedRule, type Rule, shippedRules } from '../../shared/rules.ts'
import { pathOf } from '../../shared/subjectNames.ts'
import { isTroubleKind } from '../../shared/troubles.ts'
import { language, t } from '../app/words.ts'

/** Of a limit or an event, its rule's current name, or its id if it was removed. */
export function alarmTitle({ kind, rule }: Pick<Alarm, 'kind' | 'rule'>, rules: readonly Rule[]): string {
  if (!isRuleAlarm(kind)) return t(`troubleKind.${kind}`)
  const found = rules.find(({ id }) => id === rule) ?? (isShippedRule(rule) ? { id: rule, watches: shippedRules[rule].watches } : null)
  return found === null ? rule : ruleName(found, language)
}

/** The streams of a server, or the readers of a stream. '' for what hits nobody, such as a limit. */
export function alarmHitText({ kind, subject, streams, readers }: Pick<Alarm, 'kind' | 'subject' | 'streams' | 'readers'>): string {
  if (!isTroubleKind(kind)) return ''
  if (pathOf(subject) === null) return streams === null ? t('common.streamsUnknown') : t('overview.serverHit', { count: streams })
  if (readers === null) return t('overview.readersUnknown')
  return readersMessage(kind === 'streamGone', readers)
}

const readersMessage = (areLost: boolean, count: number): string => t(areLost ? 'overview.readersLost' : 'overview.readersHit', { count })

export function incidentHitText(incident: Incident): string {
  const { kind, streams, readers } = incident
  if (incident.membersTotal === 1) return alarmHitText(incident)
  if (streams === null) return t('common.streamsUnknown')
  // Events and figures hit streams, not their readers.
  if (readers === null) return isTroubleKind(kind) ? t('overview.serverHit', { count: streams }) : streamsMessage(streams, language)
  return `${streamsMessage(streams, language)} · ${readersMessage(kind === 'streamGone', readers)}`
}
