import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { alarmChangeText } from '../../i18n/alarmText.ts'
import { type Alarm, type AlarmChange, type AlarmStep, type AlarmStepsInput, happenedAt } from '../../shared/alarms.ts'
import type { DeckEvent } from '../../shared/events.ts'
import type { Rule } from '../../shared/rules.ts'
import type { Subject } from '../../shared/subjectNames.ts'
import { ownerIdOf, pathOf } from '../../shared/subjectNames.ts'
import { orpc } from '../app/client.ts'
import { useLanguage } from '../app/useLanguage.ts'
import { alarmTitle } from '../fleet/alarmTitle.ts'
import { useRules } from '../fleet/useRules.ts'
import type { TimeWindow } from './timeRange.ts'

/** How often they are read again, ms; what is done in this window is read at once. */
const rereadMs = 10_000
/** Steps on the lane: why mtxdeck sends no notification is not one. */
const shown: ReadonlySet<AlarmChange['kind']> = new Set([
  'raised',
  'returned',
  'turned',
  'healed',
  'acknowledged',
  'unacknowledged',
  'shelved',
  'unshelved',
  'commented',
])

const markOf = ({ kind }: AlarmChange) =>
  kind === 'raised' || kind === 'returned' || kind === 'turned' ? 'alarmBegan' : kind === 'healed' ? 'alarmHealed' : 'alarmTaken'

/** Until they are known; the same one each time. */
const noRules: readonly Rule[] = []

/** The lives of alarms of a server, host or stream, as events for the lane; none for several subjects. */
export function useAlarmSteps(subject: Subject | null, window: TimeWindow): readonly DeckEvent[] {
  const { t } = useTranslation()
  const language = useLanguage()
  const { data: rules = noRules } = useRules()
  const from = Math.floor(window.from / 30_000) * 30_000
  const path = pathOf(subject)
  const of = subject === null ? {} : askedBy(subject)
  const { data } = useQuery({
    ...orpc.alarms.steps.queryOptions({ input: { ...of, ...(path !== null && { path }), from, ...(!window.live && { to: window.to }) } }),
    enabled: subject !== null,
    refetchInterval: window.live ? rereadMs : false,
    placeholderData: (before: AlarmStep[] | undefined) => before,
  })
  return useMemo(() => {
    const steps = (subject === null ? [] : (data ?? [])).filter(({ change }) => shown.has(change.kind))
    return steps.map(({ kind, rule, change, subject: about, serverName }, place) => {
      const title = (of: Alarm['kind']) => alarmTitle({ kind: of, ...(rule !== undefined && { rule }) }, rules, t, language)
      const words = alarmChangeText(change, language, { trouble: title, severity: (severity) => t(`severity.${severity}`) })
      const of = ['trouble' in change ? null : title(kind), path === null ? pathOf(about) : null].filter((part) => part !== null)
      return {
        // Below those of the store.
        id: -1 - place,
        at: happenedAt(change),
        kind: markOf(change),
        subject: about.kind === 'console' ? null : about,
        ownerName: serverName,
        text: `${t('alarms.one')}${of.length > 0 ? ` (${of.join(', ')})` : ''}: ${words}`,
        facts: {},
      }
    })
  }, [data, subject, path, rules, t, language])
}

function askedBy(subject: Subject): Pick<AlarmStepsInput, 'serverId' | 'hostId' | 'probeId'> {
  if ('hostId' in subject) return { hostId: subject.hostId }
  return 'probeId' in subject ? { probeId: subject.probeId } : { serverId: ownerIdOf(subject) }
}
