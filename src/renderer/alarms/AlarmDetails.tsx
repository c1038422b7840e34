import { isDefinedError } from '@orpc/client'
import { useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { Link } from 'react-router'
import { alarmChangeText, takerName } from '../../i18n/alarmText.ts'
import { causeText, evidenceText } from '../../i18n/incidentText.ts'
import { sendFailureText, troubleText } from '../../i18n/reasonText.ts'
import { begun } from '../../i18n/texts.ts'
import { type Alarm, type AlarmChange, type AlarmDetails as Details, happenedAt, isOnset, type SimilarAlarm } from '../../shared/alarms.ts'
import type { Message } from '../../shared/channels.ts'
import { severityRank } from '../../shared/severities.ts'
import { formatDateTime, formatMoment, formatSpan, formatTime } from '../../shared/units.ts'
import { client, orpc, queryClient } from '../app/client.ts'
import { Loaded, NotLoaded } from '../app/Loaded.tsx'
import { atMoment, toAlarm, toCamera, toOwner, toSubject } from '../app/links.ts'
import { DetailsHead, TimedItem } from '../app/lists.tsx'
import { language, t } from '../app/words.ts'
import { DossierButton } from '../fleet/DossierButton.tsx'
import { EvidencePictures } from '../fleet/EvidencePictures.tsx'
import { useAlarms } from '../fleet/fleet.ts'
import { alarmHitText, alarmTitle } from '../fleet/incidentWords.ts'
import { useMay } from '../fleet/me.tsx'
import { SeverityMark } from '../fleet/StateMark.tsx'
import { useRules } from '../fleet/useRules.ts'
import { Button, buttonLinkClass } from '../ui/Button.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { Facts, telephoneFact } from '../ui/Facts.tsx'
import type { MarkKind } from '../ui/Mark.tsx'
import { useNow } from '../ui/now.ts'
import { Section } from '../ui/Panel.tsx'
import { AlarmChart, AlarmPictures } from './AlarmEvidence.tsx'
import { evidenceOf, shownCauses } from './alarmFigure.ts'
import { calmText, durationText, namesOf, timesText } from './alarmMessage.ts'
import { type AlarmDesk, canAcknowledge } from './useAlarmDesk.tsx'

const rereadMs = 2000
const pastKeptMs = 20_000

interface AlarmDetailsProps {
  readonly id: string
  readonly at: number | null
  /** As the list has it; undefined: it is closed, or the list has not all of them. */
  readonly listed: Alarm | undefined
  readonly desk: AlarmDesk
  readonly targets?: readonly Alarm[] | undefined
  readonly onClose: () => void
}
/** One alarm: what, where, why, what to do, who has it, and all that became of it. */
export function AlarmDetails({ id, at, listed: inList, desk, targets, onClose }: AlarmDetailsProps) {
  const listed = at === null ? inList : undefined
  const query = useQuery({
    ...orpc.alarms.get.queryOptions({ input: at === null ? { id } : { id, at } }),
    // While another alarm of its incident is read, or of a past moment.
    placeholderData: (before: Details | undefined) => before,
    ...(at !== null && { retry: false, gcTime: pastKeptMs, staleTime: pastKeptMs }),
    refetchInterval: ({ state }) => (at === null && listed === undefined && state.data?.closed == null && state.error === null ? rereadMs : false),
  })
  // What happened is read again whenever the list says that something did.
  const stamp = listed && stampOf(listed)
  const known = query.data && stampOf(query.data)
  useEffect(() => {
    if (at === null && known !== undefined && stamp !== known) void queryClient.invalidateQueries({ queryKey: orpc.alarms.get.key({ input: { id } }) })
  }, [known, stamp, id, at])
  if (query.data === undefined)
    return (
      <>
        <DetailsHead onClose={onClose}>{null}</DetailsHead>
        {isDefinedError(query.error) ? <EmptyState title={t('common.notFound')} /> : <NotLoaded error={query.error} rows={8} failed="alarms.notRead" />}
      </>
    )
  // The list's figures are newer, but its state may contradict what happened while one of the two is behind.
  return (
    <Known alarm={stamp === known ? { ...query.data, ...listed } : query.data} at={at} desk={at === null ? desk : null} targets={targets} onClose={onClose} />
  )
}

/** Changes with everything that adds to what happened to an alarm. */
function stampOf(alarm: Alarm): string {
  const { kind, state, healedAt, suppressedBy, count, acknowledged, shelf, comments, causes, closed } = alarm
  return JSON.stringify([kind, state, healedAt, suppressedBy, count, acknowledged, shelf, comments, causes, closed])
}

interface KnownProps extends Pick<AlarmDetailsProps, 'targets' | 'onClose'> {
  readonly alarm: Details
  readonly at: number | null
  /** null: it is of the past, where nothing can be done to it. */
  readonly desk: AlarmDesk | null
}
function Known({ alarm, at, desk, targets, onClose }: KnownProps) {
  const now = useNow()
  const { text, todo } = troubleText(alarm, language)
  const { data: rules = [] } = useRules()
  const { name, server } = namesOf(alarm)
  const evidence = evidenceOf(alarm, at)
  const { acknowledged, shelf, closed, healedAt, since, count, unsure = [] } = alarm
  const time = (moment: number) => formatTime(moment)
  const lasted = durationText(alarm, now)
  return (
    <>
      <DetailsHead onClose={onClose}>
        <SeverityMark severity={alarm.severity} /> <span className="ml-1">{alarmTitle(alarm, rules)}</span>
      </DetailsHead>
      <p className="break-words text-muted">
        <Link to={toSubject(alarm.subject)} className="font-medium text-text hover:underline">
          {name}
        </Link>
        {alarm.subject.kind === 'probe' && ` · ${t('common.probe')}`}
        {server !== null && (
          <>
            {' · '}
            <Link to={toOwner(alarm.subject)} className="hover:underline">
              {server}
            </Link>
          </>
        )}
      </p>
      {desk !== null && closed === null && <Actions alarm={alarm} desk={desk} targets={targets} />}
      <div className="mt-2 flex flex-wrap gap-1.5">
        <Link to={toSubject(alarm.subject)} className={buttonLinkClass}>
          {t('alarms.open')}
        </Link>
        <Link to={atMoment(toSubject(alarm.subject), since)} className={buttonLinkClass}>
          {t('common.goToThisMoment')}
        </Link>
        <DossierButton make={(how) => client.dossiers.ofIncident({ id: alarm.incident, ...how })} />
      </div>
      <Section title={t('alarms.why')}>
        <p className="break-words">{text}</p>
        {unsure.includes('why') && <p className="break-words text-muted">{t('alarms.atMoment.unsure')}</p>}
        {alarm.said !== undefined && <p className="break-words text-muted">{t('forwards.said', { text: alarm.said })}</p>}
        <Rated alarm={alarm} />
        <AlarmChart alarm={alarm} at={at} />
      </Section>
      {alarm.camera !== undefined && <OfCamera camera={alarm.camera} />}
      {alarm.subject.kind === 'stream' && (
        <Section title={t('snapshot.around')}>
          <AlarmPictures stream={alarm.subject} onset={since} at={at} isOpen={closed === null} />
        </Section>
      )}
      {evidence !== null && (
        <Section title={t('snapshot.around')}>
          <EvidencePictures {...evidence} isLarge none={<p className="text-muted">{t('past.noPictureText')}</p>} />
        </Section>
      )}
      <Causes alarm={alarm} isNow={desk !== null} />
      {desk !== null && <Belongs alarm={alarm} />}
      {(todo !== '' || alarm.runbookUrl !== undefined) && (
        <Section title={t('common.whatToDo')}>
          <p className="break-words">{todo}</p>
          {alarm.runbookUrl !== undefined && (
            <a href={alarm.runbookUrl} target="_blank" rel="noreferrer" className="break-all text-accent hover:underline">
              {alarm.runbookUrl}
            </a>
          )}
        </Section>
      )}
      <Section title={t('common.details')}>
        <Facts
          rows={[
            [
              t('common.state'),
              t(closed === null ? `alarms.state.${alarm.state}` : 'alarms.over'),
              unsure.includes('state') ? t('alarms.atMoment.unsure') : undefined,
            ],
            [t('common.since'), formatDateTime(since), healedAt === null && closed === null ? lasted : t('alarms.lasted', { time: lasted })],
            [t('common.now'), calmText(alarm, now), alarm.returns && t('alarms.heldLonger', { time: formatSpan(alarm.returns.holdMs) })],
            [t('common.whoIsHit'), alarmHitText(alarm)],
            [
              t('common.began'),
              count > 1 || unsure.includes('count') ? timesText(count) : null,
              unsure.includes('count') ? t('alarms.atMoment.unsure') : undefined,
            ],
            [
              t('common.acknowledged'),
              acknowledged && t('common.byTime', { by: takerName(acknowledged, language), time: time(acknowledged.at) }),
              acknowledged?.until == null ? undefined : t('common.untilTime', { time: time(acknowledged.until) }),
            ],
            [
              t('alarms.shelfFact'),
              shelf && t('common.byTime', { by: shelf.by, time: t('common.untilTime', { time: formatMoment(shelf.until, 'minute') }) }),
              shelf?.reason,
            ],
            [t('alarms.healedFact'), healedAt && time(healedAt)],
            [t('alarms.column.closed'), closed && time(closed.at), closed && t(`alarms.closedBy.${closed.because}`)],
          ]}
        />
      </Section>
      {desk !== null && (
        <Section title={t('notifications.notices')}>
          <NotificationList alarm={alarm} />
        </Section>
      )}
      {desk !== null && (
        <Section title={t('alarms.similar')}>
          <SimilarTo id={alarm.id} count={alarm.count} />
        </Section>
      )}
      <Section title={t('alarms.done')}>
        <History alarm={alarm} />
      </Section>
    </>
  )
}

function Rated({ alarm: { severity, camera } }: { readonly alarm: Alarm }) {
  if (camera?.otherwise === undefined) return null
  const isMore = severityRank[severity] < severityRank[camera.otherwise]
  return <p className="break-words text-muted">{t(isMore ? 'cameras.moreSevere' : 'cameras.lessSevere', { name: camera.name })}</p>
}

function OfCamera({ camera: { id, name, place } }: { readonly camera: NonNullable<Alarm['camera']> }) {
  const { data } = useQuery({ ...orpc.cameras.get.queryOptions({ input: { id } }), retry: false, staleTime: 60_000 })
  return (
    <Section title={t('pages.camera')}>
      <Facts
        rows={[
          [
            t('common.name'),
            <Link key="camera" to={toCamera(id)} className="font-medium hover:underline">
              {data?.name ?? name}
            </Link>,
          ],
          [t('cameras.column.place'), data?.place ?? place],
          [t('cameras.form.telephone'), telephoneFact(data?.telephone)],
          [t('cameras.form.notes'), data?.notes],
        ]}
      />
    </Section>
  )
}

/** Why it was raised, each clause with a link to its evidence; nothing where nothing was looked up. */
function Causes({ alarm, isNow }: { readonly alarm: Alarm; readonly isNow: boolean }) {
  const alarms = useAlarms()
  const causes = shownCauses(alarm, isNow && alarms !== null ? alarms.incidents : [])
  if (causes.length === 0) return null
  return (
    <Section title={t('alarms.causes')}>
      <ul className="flex list-disc flex-col gap-0.5 pl-4">
        {causes.map((cause) => (
          <li key={cause.facts.kind} className="break-words">
            {cause.of === null || cause.metric === null ? (
              <span className="text-muted">{begun(causeText(cause, language))}</span>
            ) : (
              <Link to={atMoment(toSubject(cause.of), alarm.since)} className="hover:underline">
                {begun(causeText(cause, language))}
              </Link>
            )}
          </li>
        ))}
      </ul>
    </Section>
  )
}

const mostNamed = 8
/** What else its incident explains, and by what evidence; nothing if it is the only one. */
function Belongs({ alarm }: { readonly alarm: Alarm }) {
  const alarms = useAlarms()
  const { data: rules = [] } = useRules()
  const incident = alarms?.incidents.find(({ id }) => id === alarm.incident)
  if (alarms === null || incident === undefined || incident.membersTotal === 1) return null
  const others = alarms.list.filter(({ id, incident: of }) => of === incident.id && id !== alarm.id)
  const named = others.slice(0, mostNamed)
  return (
    <Section title={t('alarms.belongs')}>
      <p className="break-words">{evidenceText(incident, language)}</p>
      <ul className="mt-1 flex flex-col">
        {named.map((other) => {
          const { name, server } = namesOf(other)
          return (
            <li key={other.id} className="flex min-w-0 items-baseline gap-1.5">
              <SeverityMark severity={other.severity} />
              <Link to={toAlarm(other.id)} className="flex-none leading-6 hover:underline">
                {alarmTitle(other, rules)}
              </Link>
              <span className="min-w-0 truncate text-muted">
                {[name, server, other.subject.kind === 'probe' ? t('common.probe') : null].filter((part) => part !== null).join(' · ')}
              </span>
              <span className="flex-none text-muted text-sm">{t(`alarms.state.${other.state}`)}</span>
            </li>
          )
        })}
      </ul>
      {incident.membersTotal - 1 > named.length && (
        <p className="text-muted">{t('common.andCountMore', { count: incident.membersTotal - 1 - named.length })}</p>
      )}
    </Section>
  )
}

function Actions({ alarm, desk, targets = [] }: { readonly alarm: Alarm; readonly desk: AlarmDesk; readonly targets?: readonly Alarm[] | undefined }) {
  const may = useMay('operate')
  const one = targets.some(({ id }) => id === alarm.id) ? targets : [alarm]
  if (!may) return null
  return (
    <div className="mt-2.5 flex flex-wrap items-center gap-1.5">
      {one.length > 1 && <span className="text-muted">{t('alarms.members', { count: one.length })}:</span>}
      {canAcknowledge(alarm) ? (
        <>
          <Button look={alarm.shelf === null ? 'primary' : 'plain'} keyHint="a" onClick={() => desk.acknowledge(one)} text={t('alarms.acknowledge')} />
          <Button onClick={() => desk.ask('acknowledge', one)}>{t('alarms.acknowledgeAs')}</Button>
        </>
      ) : (
        <Button onClick={() => desk.unacknowledge(one)}>{t('alarms.giveBack')}</Button>
      )}
      {alarm.shelf === null ? (
        <Button keyHint="s" onClick={() => desk.ask('shelve', one)} text={t('alarms.shelve')} />
      ) : (
        <Button onClick={() => desk.unshelve(one)}>{t('alarms.unshelve')}</Button>
      )}
      {one.some(({ subject }) => subject.kind !== 'console' && subject.kind !== 'probe') && (
        <Button keyHint="m" onClick={() => desk.plan(one)} text={t('maintenance.now.button')} />
      )}
      <Button onClick={() => desk.ask('comment', one)}>{t('alarms.comment')}</Button>
    </div>
  )
}

/** Mark of a change: its severity where it is trouble, a tick where it is good, plain where an operator did something. */
function markOf(change: AlarmChange): MarkKind {
  if (isOnset(change)) return change.severity
  if (change.kind === 'suppressed') return change.because === 'maintenance' ? 'maintenance' : 'unknown'
  if (change.kind === 'shelved') return 'maintenance'
  return change.kind === 'healed' || change.kind === 'acknowledged' || change.kind === 'closed' ? 'ok' : 'idle'
}

/** What became of an alarm, newest first. */
function History({ alarm: { changes, rule } }: { readonly alarm: Details }) {
  const { data: rules = [] } = useRules()
  const names = {
    trouble: (kind: Alarm['kind']) => alarmTitle({ kind, rule }, rules),
    severity: (severity: Alarm['severity']) => t(`severity.${severity}`),
  }
  const steps = changes.toSorted((a, b) => happenedAt(a) - happenedAt(b))
  return (
    <ol className="flex flex-col gap-1">
      {steps.toReversed().map((change, place) => (
        <TimedItem key={steps.length - place} at={happenedAt(change)} mark={markOf(change)}>
          {alarmChangeText(change, language, names)}
        </TimedItem>
      ))}
    </ol>
  )
}

function SimilarTo({ id, count }: { readonly id: string; readonly count: number }) {
  const query = useQuery(orpc.alarms.similar.queryOptions({ input: { id } }))
  return (
    <Loaded query={query} rows={2} failed="alarms.notRead">
      {(similar) =>
        similar.length === 0 ? (
          <p className="text-muted">{count > 1 ? t('alarms.similarOnlyThis', { times: timesText(count) }) : t('alarms.similarNone')}</p>
        ) : (
          <ol className="flex flex-col gap-1.5">
            {similar.map((alarm) => (
              <SimilarRow key={alarm.id} alarm={alarm} />
            ))}
          </ol>
        )
      }
    </Loaded>
  )
}

function SimilarRow({ alarm }: { readonly alarm: SimilarAlarm }) {
  const now = useNow()
  const { id, severity, since, closed, acknowledged, lastComment } = alarm
  const ended = [
    t('alarms.lasted', { time: durationText(alarm, now) }),
    ...(closed === null ? [] : [t(`alarms.closedBy.${closed.because}`)]),
    ...(acknowledged === null ? [] : [acknowledged.by]),
  ]
  return (
    <li>
      <div className="flex flex-wrap items-baseline gap-x-2">
        <SeverityMark severity={severity} />
        <Link to={toAlarm(id)} className="flex-none hover:underline">
          {formatDateTime(since)}
        </Link>
        <span className="ml-auto min-w-0 break-words text-muted text-sm">{ended.join(' · ')}</span>
      </div>
      <p className="truncate text-muted" title={troubleText(alarm, language).text}>
        {troubleText(alarm, language).text}
      </p>
      {lastComment !== null && (
        <p className="break-words">
          {lastComment.by}: {lastComment.text}
        </p>
      )}
    </li>
  )
}

const messagesEveryMs = 5_000
const mostMessages = 50

function NotificationList({ alarm }: { readonly alarm: Pick<Alarm, 'id' | 'incident' | 'closed'> }) {
  const query = useQuery({ ...orpc.channels.messages.queryOptions({ input: { alarmId: alarm.id } }), refetchInterval: messagesEveryMs })
  return (
    <Loaded query={query} rows={2} failed="alarms.notRead">
      {(messages) => (
        <>
          {messages.length === 0 && <p className="text-muted">{t('alarmNotifications.none')}</p>}
          <ol className="flex flex-col gap-1">
            {messages
              .slice(-mostMessages)
              .reverse()
              .map((message) => (
                <NotificationRow key={message.id} message={message} />
              ))}
          </ol>
          {messages.length > mostMessages && <p className="text-muted">{t('common.more', { count: messages.length - mostMessages })}</p>}
        </>
      )}
    </Loaded>
  )
}

function markOfMessage({ state, failure }: Message): MarkKind {
  if (state === 'delivered') return 'ok'
  if (state === 'refused') return 'minor'
  return failure === null ? 'idle' : 'warning'
}

function NotificationRow({ message }: { readonly message: Message }) {
  const { channel, event, at, state, endedAt, failure, mayRepeat, escalated } = message
  const remarks = [
    ...(failure === null || state === 'delivered' ? [] : [sendFailureText(failure, language)]),
    ...(escalated ? [t('alarmNotifications.escalated')] : []),
    ...(mayRepeat ? [t('alarmNotifications.mayRepeat')] : []),
  ]
  return (
    <TimedItem at={at} mark={markOfMessage(message)}>
      <span className="font-medium">{channel}</span> · {t(`alarmNotifications.event.${event}`)} ·{' '}
      {t(`alarmNotifications.state.${state}`, { time: formatTime(endedAt ?? at) })}
      {remarks.map((remark) => (
        <span key={remark} className="block text-muted">
          {remark}
        </span>
      ))}
    </TimedItem>
  )
}
