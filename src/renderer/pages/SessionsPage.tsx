import { Unplug, X } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { mostSessions, type ServerSession, type SessionList, sessionGroupings, sessionSorts } from '../../shared/sessions.ts'
import { formatDateTime, formatSpan, unknownMark } from '../../shared/units.ts'
import { act } from '../app/act.ts'
import { client } from '../app/client.ts'
import { FacetCount } from '../app/FacetMenu.tsx'
import { failureText } from '../app/failureText.ts'
import { Middle, PageNotLoaded } from '../app/Loaded.tsx'
import { toSessions, toStream } from '../app/links.ts'
import { keepMoment } from '../app/moment.ts'
import { RelatedTabs } from '../app/PageTabs.tsx'
import { t } from '../app/words.ts'
import { useServer, useShownMoment } from '../fleet/fleet.ts'
import { useMay } from '../fleet/me.tsx'
import { KeepDialog, KickDialog, type KickedSession, useSessionGroups, useSessions } from '../sessions/sessions.tsx'
import { type SessionsAddress, spanNames, spans, useSessionsAddress } from '../sessions/sessionsAddress.ts'
import { PastSessions, PastSessionsCsv, type PastTime, usePastSessions } from '../streams/PastSessions.tsx'
import { SessionGroups, sessionFilterText } from '../streams/SessionGroups.tsx'
import { audienceText, isKickable, SessionsCsv, SessionsTable } from '../streams/SessionsTable.tsx'
import { Button } from '../ui/Button.tsx'
import { Chip } from '../ui/Chip.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { SearchField } from '../ui/SearchField.tsx'
import { Select } from '../ui/Select.tsx'

const namesOfServers = (servers: SessionList['unknown']) => servers.map(({ server }) => server).join(', ')
const serverOf = ({ server }: ServerSession) => server

/** Now or at any time that is kept: found, grouped, and disconnected. */
export function SessionsPage() {
  const address = useSessionsAddress()
  const moment = useShownMoment()
  if (moment !== null) return <SessionsThen address={address} time={{ at: moment }} />
  return address.span === null ? <SessionsNow address={address} /> : <SessionsThen address={address} time={{ lastMs: spans[address.span] }} />
}

function SessionsNow({ address }: { readonly address: SessionsAddress }) {
  const list = useSessions(address.filter, address.sort, true)
  const groups = useSessionGroups(address.filter, address.by)
  const [kicked, setKicked] = useState<readonly KickedSession[] | null>(null)
  return (
    <>
      <Head list={list.data} address={address} onKick={setKicked} />
      <Filters list={list.data} address={address} />
      <Content list={list} groups={groups} address={address} onKick={(session) => setKicked([session])} />
      {kicked !== null && <KickDialog sessions={kicked} onClose={() => setKicked(null)} />}
    </>
  )
}

function SessionsThen({ address, time }: { readonly address: SessionsAddress; readonly time: PastTime }) {
  const query = usePastSessions(address.filter, time)
  const [keeps, setKeeps] = useState(false)
  const { data } = query
  return (
    <>
      <div className="flex flex-none flex-wrap items-center gap-x-2.5 gap-y-2">
        <h1 className="sr-only">{t('common.sessions')}</h1>
        <RelatedTabs of="sessions" at={toSessions} />
        <SearchField label={t('sessions.search')} width={260} text={address.text} onText={(q) => address.set({ q })} />
        {'lastMs' in time && <SpanSelect address={address} />}
        <div className="ml-auto flex items-center gap-2">
          {data !== undefined && <PastSessionsCsv sessions={data.sessions} />}
          {'lastMs' in time && data !== undefined && <Button onClick={() => setKeeps(true)}>{t('sessions.past.keepTitle')}</Button>}
        </div>
      </div>
      <Filters list={undefined} address={address}>
        {data !== undefined && (
          <p className="ml-2 flex flex-wrap gap-x-3 text-muted text-sm">
            <span>{data.more ? t('sessions.past.pastMore', { shown: data.sessions.length }) : t('sessions.count', { count: data.sessions.length })}</span>
            {data.since !== null && (
              <span className="text-faint">
                {t('common.keptSinceTime', { time: formatDateTime(data.since) })}
                {data.keepDays > 0 && ` · ${t('sessions.past.keptDays', { count: data.keepDays })}`}
              </span>
            )}
            {data.notStored > 0 && <span className="text-major">{t('sessions.past.notStored', { count: data.notStored })}</span>}
          </p>
        )}
      </Filters>
      <PastSessions query={query} time={time} pathLink={({ serverId, path }) => `#${keepMoment(toStream(serverId, path))}`} showsServer />
      {keeps && data !== undefined && <KeepDialog days={data.keepDays} onClose={() => setKeeps(false)} />}
    </>
  )
}

function SpanSelect({ address: { span, set } }: { readonly address: SessionsAddress }) {
  return (
    <Select
      label={t('common.timeRange')}
      value={span ?? 'now'}
      onChange={(next) => set({ span: next === 'now' ? null : next }, false)}
      options={(['now', ...spanNames] as const).map((value) => ({
        value,
        label: value === 'now' ? t('common.now') : t('recordings.span', { time: formatSpan(spans[value]) }),
      }))}
      passesKeys
    />
  )
}

interface HeadProps {
  readonly list: SessionList | undefined
  readonly address: SessionsAddress
  readonly onKick: (sessions: readonly KickedSession[]) => void
}
function Head({ list, address, onKick }: HeadProps) {
  const { by, sort, text, set } = address
  return (
    <div className="flex flex-none flex-wrap items-center gap-x-2.5 gap-y-2">
      <h1 className="sr-only">{t('common.sessions')}</h1>
      <RelatedTabs of="sessions" at={toSessions} />
      <SearchField label={t('sessions.search')} width={260} text={text} onText={(q) => set({ q })} />
      <SpanSelect address={address} />
      <Select
        label={t('common.groupBy')}
        value={by ?? 'none'}
        onChange={(next) => set({ by: next === 'none' ? null : next }, false)}
        options={[
          { value: 'none', label: t('sessions.noGroups') },
          ...sessionGroupings.map((value) => ({ value, label: `${t('common.groupBy')}: ${t(sessionFilterText[value])}` })),
        ]}
        passesKeys
      />
      {by === null && (
        <Select
          label={t('sessions.sortBy')}
          value={sort}
          onChange={(next) => set({ sort: next === 'since' ? null : next })}
          options={sessionSorts.map((value) => ({ value, label: t(`sessions.sort.${value}`) }))}
          passesKeys
        />
      )}
      <div className="ml-auto flex items-center gap-2">
        {by === null && list !== undefined && <SessionsCsv sessions={list.sessions} serverOf={serverOf} />}
        {list !== undefined && address.isFiltered && list.total > 0 && <KickAll list={list} address={address} onKick={onKick} />}
      </div>
    </div>
  )
}

/** Everybody who passes the filters, who may be more than are shown. */
function KickAll({ list, address, onKick }: { readonly list: SessionList; readonly address: SessionsAddress; readonly onKick: HeadProps['onKick'] }) {
  const isTooMany = list.total > mostSessions
  const may = useMay('operate')
  const preview = async () => {
    const { sessions } = await client.sessions.list({ ...address.filter, sort: address.sort, limit: mostSessions })
    onKick(sessions.filter(isKickable))
  }
  if (!may) return null
  return (
    <Button
      icon={Unplug}
      disabled={isTooMany}
      title={isTooMany ? t('sessions.tooMany', { count: mostSessions }) : undefined}
      onClick={() => void act(preview())}
    >
      {t('sessions.kickAll', { count: list.total })}
    </Button>
  )
}

function Filters({ list, address, children }: Pick<HeadProps, 'list' | 'address'> & { readonly children?: ReactNode }) {
  const { filter, chips, set } = address
  // Links name a server by its id, people by its name.
  const server = useServer(filter.server ?? '')
  const toggle = (role: 'publisher' | 'reader') => set({ role: filter.role === role ? null : role })
  return (
    <div className="flex flex-none flex-wrap items-center gap-1.5">
      {(['publisher', 'reader'] as const).map((role) => (
        <Chip key={role} on={filter.role === role} onClick={() => toggle(role)}>
          {t(role === 'publisher' ? 'sessions.publishers' : 'common.readers')}{' '}
          {list !== undefined && (isNotKnown(list) ? unknownMark : <FacetCount count={role === 'publisher' ? list.publishers : list.readers} />)}
        </Chip>
      ))}
      {chips.map(({ name, value }) => (
        <Chip key={name} on onClick={() => set({ [name]: null })} title={t('streams.removeFilter')}>
          <span className="text-faint">{t(sessionFilterText[name])}</span>{' '}
          <span className="max-w-[320px] truncate">{name === 'server' ? (server?.name ?? value) : value}</span> <X size={12} aria-hidden="true" />
        </Chip>
      ))}
      {children}
      {list !== undefined && <Counts list={list} listsAll={address.by === null} />}
    </div>
  )
}

/** None were found, but some servers were not asked: that is no zero. */
const isNotKnown = ({ total, unknown }: Pick<SessionList, 'total' | 'unknown'>): boolean => total === 0 && unknown.length > 0

function Counts({ list, listsAll }: { readonly list: SessionList; readonly listsAll: boolean }) {
  const { total, sessions, audiences, ours, unknown, hlsUncounted } = list
  const audience = audienceText(audiences, t)
  return (
    <p className="ml-2 flex flex-wrap gap-x-3 text-muted text-sm">
      {!isNotKnown(list) && (
        <span>
          {listsAll && total > sessions.length ? t('common.someShown', { shown: sessions.length, count: total }) : t('sessions.count', { count: total })}
        </span>
      )}
      {audience && <span title={t('sessions.column.audienceTip')}>{audience}</span>}
      {ours > 0 && <span className="text-faint">{t('common.ours', { count: ours })}</span>}
      {hlsUncounted > 0 && (
        <span className="text-faint" title={t('sessions.hlsTip')}>
          {t('sessions.hlsUncounted', { count: hlsUncounted })}
        </span>
      )}
      {unknown.length > 0 && <span className="text-unknown">{t('sessions.noAnswer', { servers: namesOfServers(unknown) })}</span>}
    </p>
  )
}

interface ContentProps {
  readonly list: ReturnType<typeof useSessions>
  readonly groups: ReturnType<typeof useSessionGroups>
  readonly address: SessionsAddress
  readonly onKick: (session: ServerSession) => void
}
function Content({ list, groups, address, onKick }: ContentProps) {
  const asked = address.by === null ? list : groups
  if (asked.data === undefined) return <PageNotLoaded failed={asked.error && failureText(asked.error)} title="common.cannotBeRead" rows={12} />
  const { unknown } = asked.data
  const notKnown = unknown.length > 0 && <p className="text-unknown">{t('sessions.noAnswer', { servers: namesOfServers(unknown) })}</p>
  // With the only server not read, none is not what was found.
  const ofUnknown = address.filter.server !== undefined && unknown.length > 0
  if (asked.data.total === 0)
    return (
      <Middle>
        {address.isFiltered ? (
          <EmptyState
            title={t(ofUnknown ? 'server.sessionsUnknown' : 'common.noMatch')}
            actions={<Button onClick={address.clear}>{t('common.clearFilters')}</Button>}
          >
            {notKnown}
          </EmptyState>
        ) : (
          <EmptyState title={t(isNotKnown(asked.data) ? 'server.sessionsUnknown' : 'sessions.none')}>{notKnown}</EmptyState>
        )}
      </Middle>
    )
  if (address.by !== null && groups.data !== undefined)
    return <SessionGroups groups={groups.data.groups} by={address.by} onOpen={(group) => address.by !== null && address.openGroup(address.by, group)} />
  return (
    <SessionsTable
      sessions={list.data?.sessions ?? []}
      pathLink={({ serverId, path }) => `#${keepMoment(toStream(serverId, path))}`}
      serverOf={serverOf}
      onKick={onKick}
    />
  )
}
