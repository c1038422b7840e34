import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { Trouble } from '../../shared/troubles.ts'
import { formatTime } from '../../shared/units.ts'
import { fleet, useEngineGone, useFleetTick, useShownMoment, useTroubles, useVerdict } from '../app/fleet.ts'
import { historyLength } from '../app/fleetState.ts'
import { toServer, toStream, toStreams } from '../app/links.ts'
import { useMoment } from '../app/moment.ts'
import { usePreferences } from '../app/preferences.ts'
import { SeverityMark } from '../app/StateMark.tsx'
import { Age } from '../ui/Age.tsx'
import { Mark } from '../ui/Mark.tsx'
import { createMediaHook } from '../ui/media.ts'
import { PanelTitle } from '../ui/Panel.tsx'
import { sparklinePath } from '../ui/Sparkline.tsx'
import { useCalm } from '../ui/useCalm.ts'
import { countExpected } from './countExpected.ts'

const useWide = createMediaHook('(min-width: 1440px)')
const useNarrow = createMediaHook('(max-width: 1179px)')
const useTall = createMediaHook('(min-height: 740px)')
/** Up to so many streams the map can spare the room of a second row of cards. */
const roomyFleet = 2500
const useCards = () => {
  const isWide = useWide()
  const isTall = useTall()
  const isNarrow = useNarrow()
  // One row of cards where the map needs the room.
  const rows = isTall && fleet.rows().length <= roomyFleet ? 2 : 1
  return isWide ? 6 : (isNarrow ? 2 : 3) * rows
}

/** Only what is in trouble, worst first. Empty is good, and says so. */
export const PenaltyBox = () => {
  const { t } = useTranslation()
  const troubles = useTroubles()
  const most = useCards()
  // Cards don't change places under a pointer that is about to click one.
  const calm = useCalm(troubles, String(useShownMoment()))
  const { list, counts } = calm.value
  const verdict = useVerdict()
  const gone = useEngineGone()
  if (counts.total === 0) {
    const { totals } = fleet.figures()
    return (
      <section aria-label={t('overview.penalty')} className="flex flex-none items-center gap-2.5 rounded-lg border border-line bg-surface px-3.5 py-2.5">
        <Mark kind={verdict === 'well' ? 'ok' : verdict === 'nothing' ? 'idle' : 'unknown'} size={14} />
        <h2 className="font-semibold">
          {t(verdict === 'well' ? 'overview.penaltyEmpty' : verdict === 'nothing' ? 'overview.penaltyNothing' : 'overview.penaltyNotKnown')}
        </h2>
        <span className="text-muted">
          {gone
            ? t('overview.penaltyGone')
            : verdict === 'nothing'
              ? t('overview.penaltyNoStreams')
              : verdict === 'unknown'
                ? t('overview.penaltyUnknown', { count: totals.unknown })
                : t('overview.penaltyEmptyText', { count: totals.streams - totals.unknown })}
        </span>
      </section>
    )
  }
  const shown = list.slice(0, most)
  const more = counts.total - shown.length
  const streamsHidden = list.slice(most).some((trouble) => trouble.path !== null)
  return (
    <section aria-label={t('overview.penalty')} className={`flex-none ${gone ? 'stale' : ''}`} {...calm.hold}>
      <PanelTitle
        title={t('overview.penalty')}
        hint={t('overview.penaltyHint', { count: counts.total })}
        actions={
          more > 0 && streamsHidden ? (
            <Link to={toStreams({ severity: ['critical', 'major', 'minor', 'warning'] })} className="text-sm text-accent hover:underline">
              {t('overview.penaltyMore', { count: more })}
            </Link>
          ) : more > 0 ? (
            <span className="text-sm text-muted">{t('common.more', { count: more })}</span>
          ) : undefined
        }
      />
      <ul className="grid grid-cols-2 gap-2.5 min-[1180px]:grid-cols-3 min-[1440px]:grid-cols-6">
        {shown.map((trouble) => (
          <li key={trouble.id} className="min-w-0">
            <Card trouble={trouble} />
          </li>
        ))}
      </ul>
    </section>
  )
}

const Card = ({ trouble }: { readonly trouble: Trouble }) => {
  const { t } = useTranslation()
  const { zone } = usePreferences()
  const past = useMoment() !== null
  const server = fleet.server(trouble.serverId)
  const row = trouble.path === null ? undefined : fleet.rowByPath(trouble.serverId, trouble.path)
  const seen =
    trouble.path === null
      ? server?.lastAnswerAt == null
        ? t('overview.neverAnswered')
        : t('overview.lastAnswer', { time: formatTime(server.lastAnswerAt, zone) })
      : trouble.kind === 'packetsLost' || row?.facts.state === 'live'
        ? t(past ? 'past.noPictureKept' : 'overview.notFetched')
        : row?.facts.lastLiveAt == null
          ? t('overview.neverLive')
          : t('overview.lastLive', { time: formatTime(row.facts.lastLiveAt, zone) })
  // Expected ones only, so that it is the number that the line of figures shows.
  const unknown = trouble.path === null ? countExpected(fleet.rowsOfServer(trouble.serverId)).states.unknown : 0
  const impact =
    trouble.path === null
      ? t('overview.serverHit', { count: unknown })
      : trouble.readers === null
        ? t('overview.readersUnknown')
        : t(trouble.kind === 'streamGone' ? 'overview.readersLost' : 'overview.readersHit', { count: trouble.readers })
  return (
    <Link
      to={trouble.path === null ? toServer(trouble.serverId) : toStream(trouble.serverId, trouble.path)}
      title={trouble.todo}
      className="edge grid h-full grid-cols-[118px_minmax(0,1fr)] overflow-hidden rounded-lg border border-line border-l-3 bg-surface hover:bg-hover min-[1440px]:block min-[1440px]:border-t-3 min-[1440px]:border-l"
      style={{ '--edge': `var(--${trouble.severity})` } as React.CSSProperties}
    >
      <Picture trouble={trouble} seen={seen} slot={row?.slot ?? null} />
      <div className="min-w-0 px-2.5 pt-2 pb-2.5">
        <div className="truncate text-lg font-[650]">
          {trouble.path ?? trouble.serverName}
          <span className="font-normal text-faint"> · {trouble.path === null ? t(`troubleKind.${trouble.kind}`) : trouble.serverName}</span>
        </div>
        <p className="mt-[3px] line-clamp-2 min-h-[34px] leading-[17px]">{trouble.text}</p>
        <div className="mt-[3px] truncate text-sm font-semibold">{impact}</div>
        <div className="mt-1 flex items-center gap-2 text-sm min-[1440px]:mt-1.5">
          <SeverityMark severity={trouble.severity} />
          <Age since={trouble.since} className="ml-auto text-xl font-[650] leading-5 tracking-[-0.01em]" />
        </div>
      </div>
    </Link>
  )
}

const pictureWords = {
  serverDown: 'overview.unreachablePicture',
  serverHalted: 'overview.haltedPicture',
  streamGone: 'overview.noSignal',
  streamStalled: 'overview.stalledPicture',
  slateOnAir: 'overview.slatePicture',
  sourceFailing: 'overview.sourcePicture',
  packetsLost: 'overview.lossPicture',
} as const

/** What stands where a picture would: said in words, and each kind with a look of its own. The line is the bitrate of the last polls. */
const Picture = ({ trouble, seen, slot }: { readonly trouble: Trouble; readonly seen: string; readonly slot: number | null }) => {
  const { t } = useTranslation()
  return (
    <div aria-hidden="true" className={`picture picture-${trouble.kind} relative min-h-full overflow-hidden min-[1440px]:h-[104px] min-[1440px]:min-h-0`}>
      {trouble.path === null ? <Cells count={trouble.streams} /> : slot !== null && <Bitrates slot={slot} />}
      <span className="picture-words absolute inset-x-1 top-1/2 -translate-y-1/2 text-center text-sm font-bold tracking-[0.06em] min-[1440px]:text-lg">
        {t(pictureWords[trouble.kind])}
      </span>
      <span className="picture-seen absolute bottom-1 left-1 max-w-[calc(100%-8px)] truncate rounded px-1.5 text-[10px] leading-4 min-[1440px]:bottom-1.5 min-[1440px]:left-2 min-[1440px]:text-xs">
        {seen}
      </span>
    </div>
  )
}

/** The streams that can't be known: as many boxes, up to what fits. */
const Cells = ({ count }: { readonly count: number }) => {
  const shown = Math.min(count, 84)
  return (
    <svg viewBox="0 0 160 84" preserveAspectRatio="xMidYMid meet" className="absolute inset-0 h-full w-full opacity-35" aria-hidden="true">
      <path
        d={Array.from({ length: shown }, (_, place) => `M${8 + (place % 14) * 10.4} ${8 + Math.floor(place / 14) * 11.5}h8.4v9h-8.4z`).join('')}
        fill="none"
        stroke="#8a97a6"
        strokeWidth="0.8"
      />
    </svg>
  )
}

const buffer = new Float64Array(historyLength)
const Bitrates = ({ slot }: { readonly slot: number }) => {
  useFleetTick()
  const count = fleet.bitrates(slot, buffer)
  return (
    <svg viewBox="0 0 160 60" preserveAspectRatio="none" className="absolute inset-x-0 top-2 bottom-6 h-[calc(100%-32px)] w-full opacity-30" aria-hidden="true">
      <path d={sparklinePath(buffer, count, 160, 60, historyLength)} fill="none" stroke="#c9d6e4" strokeWidth="1.2" vectorEffect="non-scaling-stroke" />
    </svg>
  )
}
