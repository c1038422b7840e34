import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { Link } from 'react-router'
import type { Incident } from '../../shared/incidents.ts'
import { severities } from '../../shared/severities.ts'
import type { KeptPicture } from '../../shared/snapshots.ts'
import { formatDateTime } from '../../shared/units.ts'
import { orpc } from '../app/client.ts'
import { toAlarms, toStreams } from '../app/links.ts'
import { useMoment } from '../app/moment.ts'
import { language, t } from '../app/words.ts'
import { fleet, useAlarms, useEngineGone, useShownMoment } from '../fleet/fleet.ts'
import { incidentCard, seenText, streamOnAir } from '../fleet/incidentCard.ts'
import { NoTrouble } from '../fleet/NothingThere.tsx'
import { penaltyOrder } from '../fleet/openAlarms.ts'
import { SeverityMark } from '../fleet/StateMark.tsx'
import { keptMs, type Newest, oldAfterMs, pictureSrc, rereadMs, snapshotAge, useNewestSnapshots } from '../fleet/snapshots.ts'
import { TryNow } from '../fleet/TryNow.tsx'
import { useRules } from '../fleet/useRules.ts'
import { Age } from '../ui/Figure.tsx'
import { createMediaHook } from '../ui/media.ts'
import { useNow } from '../ui/now.ts'
import { PanelTitle } from '../ui/Panel.tsx'
import { useCalm } from '../ui/useCalm.ts'

const useWide = createMediaHook('(min-width: 1440px)')
const useNarrow = createMediaHook('(max-width: 1179px)')
const useTall = createMediaHook('(min-height: 740px)')
/** Number of cards per row, and of rows. Depends only on the window size, so that the content below never moves. */
function usePlaces() {
  const isWide = useWide()
  const isTall = useTall()
  const isNarrow = useNarrow()
  return { inRow: isWide ? 6 : isNarrow ? 2 : 3, rows: !isWide && isTall ? 2 : 1, cardPx: isWide ? wideCardPx : flatCardPx, pictured: isWide }
}
const wideCardPx = 243
const flatCardPx = 107
const airPx = 10

interface EvidencePeriod {
  readonly probeId: string
  readonly from: number
  /** null: up to now. */
  readonly to: number | null
}
interface PenaltyBoxProps {
  /** Remark saying who has taken an incident; null: nobody. */
  readonly remarkOf: (incident: Incident) => React.ReactNode
  /** The probe and the period whose pictures show what an incident is about; null: there are no such pictures. */
  readonly evidenceOf: (incident: Incident) => EvidencePeriod | null
  /** Called with the incident whose card is hovered or focused; null: none. */
  readonly onPoint: (incident: Incident | null) => void
}
/** Open incidents, worst first. An empty box states, in the same space, that all is well. */
export function PenaltyBox({ remarkOf, evidenceOf, onPoint }: PenaltyBoxProps) {
  const alarms = useAlarms()
  const { list, away: awayList } = useMemo(() => penaltyOrder(alarms?.incidents ?? []), [alarms])
  const away = awayList.length
  const keptFrom = alarms?.keptFrom ?? null
  const { inRow, rows, cardPx, pictured } = usePlaces()
  const most = inRow * rows
  // Cards keep their places while the pointer is over them, but their content is updated.
  const calm = useCalm(list, String(useShownMoment()))
  const gone = useEngineGone()
  const current = new Map(list.map((incident) => [incident.id, incident]))
  const shown = calm.value.slice(0, most).map((held) => ({ incident: current.get(held.id) ?? held, over: !current.has(held.id) }))
  const placed = new Set(shown.map(({ incident }) => incident.id))
  // New incidents that would be visible if the pointer were elsewhere.
  const fresh = list.slice(0, most).filter(({ id }) => !placed.has(id)).length
  const more = (alarms?.open.total ?? 0) - shown.filter(({ over }) => !over).length
  const { of: snapshotOf } = useNewestSnapshots(pictured ? shown.flatMap(({ incident }) => streamOnAir(incident) ?? []) : [])
  return (
    <section aria-label={t('overview.penalty')} className={`flex-none ${gone ? 'stale' : ''}`} {...calm.hold}>
      <PanelTitle
        title={t('overview.penalty')}
        hint={
          list.length === 0
            ? undefined
            : `${t('overview.penaltyIncidents', { count: alarms?.open.total ?? 0 })}${keptFrom === null ? '' : ` · ${t('overview.penaltyJudgedNow', { time: formatDateTime(keptFrom) })}`}`
        }
        actions={
          <>
            {fresh > 0 && (
              <button type="button" onClick={calm.release} className="rounded-full border border-accent bg-accent-soft px-2 text-sm">
                {t('overview.newEvents', { count: fresh })}
              </button>
            )}
            {away > 0 && (
              <Link to={toAlarms({ state: ['shelved', 'suppressed', 'outOfService'] })} className="text-muted text-sm hover:underline">
                {t('overview.penaltyAway', { count: away })}
              </Link>
            )}
            {more > 0 && (
              <Link to={keptFrom === null ? toAlarms() : toStreams({ severity: severities })} className="text-sm text-accent hover:underline">
                {t('common.andCountMore', { count: more })}
              </Link>
            )}
          </>
        }
      />
      <div data-penalty-place style={{ height: rows * cardPx + (rows - 1) * airPx }}>
        {shown.length === 0 ? (
          <NoTrouble away={away} className="rounded-lg border border-line bg-surface" />
        ) : (
          <ul className="grid gap-2.5" style={{ gridTemplateColumns: `repeat(${inRow}, minmax(0, 1fr))`, gridAutoRows: cardPx }}>
            {shown.map(({ incident, over }) => (
              <li
                key={incident.id}
                className={`min-w-0 ${over ? 'stale' : ''}`}
                onPointerEnter={() => onPoint(incident)}
                onPointerLeave={() => onPoint(null)}
                onFocus={() => onPoint(incident)}
                onBlur={() => onPoint(null)}
              >
                <Card
                  incident={incident}
                  over={over}
                  remark={over ? null : remarkOf(incident)}
                  snapshotOf={snapshotOf}
                  evidence={pictured ? evidenceOf(incident) : null}
                />
              </li>
            ))}
          </ul>
        )}
      </div>
    </section>
  )
}

function TryNowOf({ id }: { readonly id: string }) {
  const server = fleet.server(id)
  return server ? (
    <TryNow
      server={server}
      className="relative z-10 -my-1 !min-h-0 flex-none !px-1.5 !py-0 min-[1440px]:!absolute min-[1440px]:top-2.5 min-[1440px]:right-2.5 min-[1440px]:my-0"
    />
  ) : null
}

interface CardProps {
  readonly incident: Incident
  readonly over: boolean
  readonly remark: React.ReactNode
  readonly snapshotOf: Newest['of']
  /** null: there are no pictures of it, or there is no room for one. */
  readonly evidence: EvidencePeriod | null
}
function Card({ incident, over, remark, snapshotOf, evidence }: CardProps) {
  const past = useMoment() !== null
  const { severity, since, subject } = incident
  const { data: rules = [] } = useRules()
  const { to, name, rest, title, impact, text, todo } = incidentCard(incident, rules, language)
  const stream = streamOnAir(incident)
  const snapshot = stream === null ? undefined : snapshotOf(stream)
  const wordsInPlace = (
    <Picture
      incident={incident}
      title={title}
      seen={stream === null ? seenText(incident, t) : snapshot === undefined ? '' : t(past ? 'past.noPictureText' : 'preview.failed')}
    />
  )
  return (
    <div
      title={`${text} ${todo} ${impact}`}
      className="edge relative flex h-full flex-col overflow-hidden rounded-lg border border-line border-l-3 bg-surface hover:bg-hover min-[1440px]:border-t-3 min-[1440px]:border-l"
      style={{ '--edge': remark === null ? `var(--${severity})` : `color-mix(in srgb, var(--${severity}) 40%, transparent)` } as React.CSSProperties}
    >
      {snapshot ? (
        <Snapshot picture={snapshot} since={since} isTaken={remark !== null} />
      ) : evidence !== null ? (
        <Evidence period={evidence} since={since} isTaken={remark !== null} none={wordsInPlace} />
      ) : (
        wordsInPlace
      )}
      <div className="flex min-h-0 min-w-0 flex-1 flex-col px-2.5 py-1.5 min-[1440px]:py-2">
        <div className="flex items-baseline gap-2">
          {/* The link covers the whole card; only the button lies above it. */}
          <Link
            to={to}
            className={`min-w-0 truncate text-lg after:absolute after:inset-0 after:rounded-lg focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:outline-accent focus-visible:after:-outline-offset-2 ${remark === null ? 'font-[650]' : 'font-medium text-muted'}`}
          >
            {name}
            <span className="font-normal text-faint"> · {rest}</span>
          </Link>
          <Age since={since} className="ml-auto flex-none text-lg font-[650] tracking-[-0.01em] min-[1440px]:hidden" />
        </div>
        <p className="mt-px line-clamp-3 leading-[17px] min-[1440px]:mt-[3px]">{text}</p>
        <div className="mt-auto flex items-center gap-2 text-sm min-[1440px]:flex-wrap">
          <span className="min-w-0 truncate font-semibold min-[1440px]:w-full">{remark ?? (over ? t('overview.over') : impact)}</span>
          <span className="ml-auto flex flex-none items-center gap-2 min-[1440px]:ml-0">
            {subject.kind === 'server' && !over && <TryNowOf id={subject.serverId} />}
            <SeverityMark severity={severity} />
          </span>
          <Age since={since} className="ml-auto hidden text-xl font-[650] leading-5 tracking-[-0.01em] min-[1440px]:inline" />
        </div>
      </div>
    </div>
  )
}

/** Grey if old, dimmed if somebody has taken the incident. */
function Snapshot({ picture, since, isTaken }: { readonly picture: KeptPicture; readonly since: number; readonly isTaken: boolean }) {
  const past = useMoment() !== null
  const now = useNow()
  const age = snapshotAge(picture, now, past, t)
  return (
    <div aria-hidden="true" data-kept={picture.at} className="picture relative hidden h-[104px] flex-none overflow-hidden min-[1440px]:block">
      <img
        src={pictureSrc(picture)}
        alt=""
        className={`h-full w-full object-cover ${isTaken ? 'opacity-60' : ''} ${now - picture.at >= oldAfterMs ? 'grayscale' : ''}`}
      />
      <span className="picture-seen absolute bottom-1.5 left-2 max-w-[calc(100%-16px)] truncate rounded px-1.5 text-xs leading-4">
        {picture.at < since ? `${age} · ${t('snapshot.beforeAlarm')}` : age}
      </span>
    </div>
  )
}

/** The latest picture in which a probe found what a card is about. `none`: rendered if there is none. */
function Evidence({
  period: { probeId, from, to },
  since,
  isTaken,
  none,
}: {
  readonly period: EvidencePeriod
  readonly since: number
  readonly isTaken: boolean
  readonly none: React.ReactNode
}) {
  const { data } = useQuery({
    ...orpc.probes.evidence.queryOptions({ input: { id: probeId, from, ...(to !== null && { to }) } }),
    retry: false,
    ...(to === null ? { refetchInterval: rereadMs } : { gcTime: keptMs, staleTime: keptMs }),
  })
  const [newest] = data ?? []
  return newest === undefined ? none : <Snapshot picture={newest} since={since} isTaken={isTaken} />
}

function Picture({ incident: { kind, calmSince }, title, seen }: { readonly incident: Incident; readonly title: string; readonly seen: string }) {
  return (
    <div aria-hidden="true" className={`picture picture-${kind} relative hidden h-[104px] flex-none overflow-hidden min-[1440px]:block`}>
      <span className="picture-words absolute inset-x-1 top-1/2 -translate-y-1/2 text-center text-lg font-bold uppercase tracking-[0.06em]">
        {calmSince === undefined && title}
      </span>
      {seen !== '' && <span className="picture-seen absolute bottom-1.5 left-2 max-w-[calc(100%-16px)] truncate rounded px-1.5 text-xs leading-4">{seen}</span>}
    </div>
  )
}
