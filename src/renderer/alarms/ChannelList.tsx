import { useQuery } from '@tanstack/react-query'
import type { TFunction } from 'i18next'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { toast } from 'sonner'
import type { Language } from '../../i18n/languages.ts'
import { sendFailureText } from '../../i18n/reasonText.ts'
import type { Channel } from '../../shared/channels.ts'
import { formatMoment, formatSpan, formatTime, formatValue, type TimeZoneChoice, unknownMark } from '../../shared/units.ts'
import { client, orpc } from '../app/client.ts'
import { failureText } from '../app/failureText.ts'
import { usePreferences } from '../app/preferences.ts'
import { useAct } from '../app/useAct.ts'
import { useLanguage } from '../app/useLanguage.ts'
import { Button } from '../ui/Button.tsx'
import { type Column, widthOf } from '../ui/columns.ts'
import { DataTable } from '../ui/DataTable.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { Mark, type MarkKind } from '../ui/Mark.tsx'
import { useNow } from '../ui/now.ts'
import { Panel } from '../ui/Panel.tsx'
import { SkeletonRows } from '../ui/Skeleton.tsx'
import { AddChannel, EnteredChannel, PauseChannel } from './ChannelActions.tsx'
import { ReadinessPanel } from './Readiness.tsx'
import { RouteList } from './RouteList.tsx'

const everyMs = 5_000
/** A refused message is trouble of its channel for so long, also where others were accepted since. */
const refusedForMs = 86_400_000

interface Context {
  readonly now: number
  readonly zone: TimeZoneChoice
}

const wasRefused = ({ lastRefused }: Channel, now: number): boolean => lastRefused !== null && now - lastRefused.at < refusedForMs

/** A message or a test. */
const hasAccepted = ({ deliveredAt, tests }: Channel): boolean => deliveredAt !== null || tests.some(({ failure }) => failure === null)

function channelMark(channel: Channel, now: number): MarkKind {
  if (channel.pause !== null) return 'minor'
  if (channel.failure !== null) return 'major'
  if (wasRefused(channel, now)) return 'minor'
  return hasAccepted(channel) ? 'ok' : 'idle'
}

function stateText(channel: Channel, { now, zone }: Context, t: TFunction, language: Language): string {
  const { failure, lastRefused, heldUntil, waiting, pause } = channel
  if (pause !== null) return t('channels.paused', { by: pause.by, time: formatMoment(pause.until, 'minute', zone) })
  if (failure !== null) return sendFailureText(failure, language)
  if (heldUntil !== null && waiting > 0) return t('channels.held', { time: formatTime(heldUntil, zone) })
  if (lastRefused !== null && wasRefused(channel, now))
    return t('channels.refusedAt', { time: formatTime(lastRefused.at, zone), reason: sendFailureText(lastRefused.failure, language) })
  return t(hasAccepted(channel) ? 'channels.well' : 'channels.unused')
}

/** Channels for notifications of alarms, and whether they work. */
export function ChannelList() {
  const { t } = useTranslation()
  const { zone } = usePreferences()
  const language = useLanguage()
  const now = useNow()
  const { data: idle = [] } = useQuery({ ...orpc.channels.idle.queryOptions(), refetchInterval: everyMs })
  const { data: channels, isError, error, refetch } = useQuery({ ...orpc.channels.list.queryOptions(), refetchInterval: everyMs })
  const act = useAct(() => void refetch())
  const test = async (name: string) => {
    const { failure } = await client.channels.test({ name })
    if (failure === null) toast(`${name}: ${t('channels.well')}`)
    else toast.error(`${name}: ${sendFailureText(failure, language)}`)
  }
  const columns = columnsOf(t, language, ({ name }) => void act(test(name)))
  const context = useMemo(() => ({ now, zone }), [now, zone])
  if (channels === undefined)
    return isError ? (
      <p className="flex-none text-muted">{t('alarms.notRead', { reason: failureText(error) })}</p>
    ) : (
      <div className="flex-1 rounded-lg border border-line bg-surface p-4">
        <SkeletonRows rows={8} />
      </div>
    )
  return (
    <div className="flex min-h-0 flex-col gap-2.5 overflow-y-auto">
      <Panel title={t('channels.title')} actions={<AddChannel />} className="flex-none">
        {idle.map((channel) => (
          <p key={channel.name} className="mb-1 flex items-center gap-2">
            <Mark kind="major" word={channel.name} />
            <span className="min-w-0 text-muted">{t(`channels.idle.${channel.because}`)}</span>
            <EnteredChannel channel={channel} />
          </p>
        ))}
        <DataTable
          label={t('channels.title')}
          columns={columns}
          rows={channels}
          keyOf={keyOf}
          context={context}
          empty={<EmptyState icon={<Mark kind="idle" size={24} />} title={t('channels.empty')} />}
        />
      </Panel>
      {channels.length > 0 && <RouteList channels={channels.map(({ name }) => name)} />}
      <ReadinessPanel channels={channels} />
    </div>
  )
}

const keyOf = ({ name }: Channel): string => name
/** When it accepted anything, a test included. */
function acceptedAt({ deliveredAt, tests }: Channel): number | null {
  const test = tests.find(({ failure }) => failure === null)
  return test === undefined ? deliveredAt : Math.max(test.at, deliveredAt ?? test.at)
}

function columnsOf(t: TFunction, language: Language, onTest: (channel: Channel) => void): readonly Column<Channel, Context>[] {
  const figure = (count: number) => <span className={count === 0 ? 'text-faint' : ''}>{formatValue(count, 'count')}</span>
  return [
    {
      id: 'name',
      head: t('common.name'),
      rank: 0,
      width: 130,
      share: 1,
      value: ({ name }) => name,
      cell: (channel, { now }) => (
        <span title={channel.name}>
          <Mark kind={channelMark(channel, now)} /> <span className="font-medium">{channel.name}</span>
        </span>
      ),
    },
    {
      id: 'kind',
      head: t('channels.column.kind'),
      rank: 2,
      width: 100,
      value: ({ kind }) => kind,
      cell: ({ kind }) => <span className="text-muted">{kind}</span>,
    },
    {
      id: 'to',
      head: t('channels.column.to'),
      rank: 3,
      width: 150,
      share: 1,
      cell: ({ origin }) => (
        <span className="text-muted" title={origin}>
          {origin}
        </span>
      ),
    },
    {
      id: 'state',
      head: t('common.state'),
      rank: 0,
      width: 220,
      share: 3,
      wraps: true,
      cell: (channel, context) => (
        <>
          {stateText(channel, context, t, language)}
          {channel.digestMinutes !== null && (
            <span className="block text-muted">{t('channels.digest', { time: formatSpan(channel.digestMinutes * 60_000) })}</span>
          )}
          {channel.limit !== null && (
            <span className="block text-muted">
              {t('channels.limit', { messages: channel.limit.messages, time: formatSpan(channel.limit.minutes * 60_000) })}
            </span>
          )}
        </>
      ),
    },
    {
      id: 'waiting',
      head: t('channels.column.waiting'),
      rank: 1,
      width: widthOf(t('channels.column.waiting')),
      numeric: true,
      value: ({ waiting }) => waiting,
      cell: ({ waiting }) => figure(waiting),
    },
    {
      id: 'refused',
      head: t('channels.column.refused'),
      rank: 1,
      width: widthOf(t('channels.column.refused')),
      numeric: true,
      value: ({ refused }) => refused,
      cell: ({ refused }) => figure(refused),
    },
    {
      id: 'delivered',
      head: t('channels.column.delivered'),
      rank: 2,
      width: Math.max(110, widthOf(t('channels.column.delivered'))),
      value: acceptedAt,
      cell: (channel, { zone }) => {
        const at = acceptedAt(channel)
        return <span className="text-muted">{at === null ? unknownMark : formatTime(at, zone)}</span>
      },
    },
    {
      id: 'test',
      head: t('channels.test'),
      silent: true,
      rank: 0,
      width: widthOf(t('channels.test')) + widthOf(t('channels.pause')) + widthOf(t('common.change')) + widthOf(t('common.remove')) + 60,
      numeric: true,
      cell: (channel) => (
        <>
          <Button look="quiet" aria-label={`${t('channels.test')}: ${channel.name}`} onClick={() => onTest(channel)}>
            {t('channels.test')}
          </Button>
          <PauseChannel channel={channel} />
          {channel.entered !== null && <EnteredChannel channel={channel} />}
        </>
      ),
    },
  ]
}
