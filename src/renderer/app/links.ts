import type { AlarmState } from '../../shared/alarms.ts'
import type { Severity } from '../../shared/severities.ts'
import type { AlarmSubject } from '../../shared/subjectNames.ts'
import { ownerOf } from '../../shared/subjectNames.ts'
import type { StreamState } from '../../shared/watchedStates.ts'

// A page's whole state is in its address, so that a link shows the same.
export const toOverview = '/'
export const toWelcome = '/welcome'
export const toWall = '/wall'
export const toSettings = '/settings/servers'
const toHistorySettings = '/settings/history'
export const toMyAccount = '/settings/account'
export const toNotificationSettings = '/settings/notifications'
export function toNewGuestLink(of: { readonly server: string; readonly path: string } | { readonly wall: string }): string {
  return `/settings/people/guests?${new URLSearchParams({ new: 'yes', ...of })}`
}
export const toHosts = '/hosts'
export const toPlanner = '/planner'
export function toHost(hostId: string): string {
  return `/hosts/${encodeURIComponent(hostId)}`
}
export function toAlarms({
  state,
  severity,
  server,
}: {
  readonly state?: readonly AlarmState[]
  readonly severity?: Severity
  readonly server?: string
} = {}): string {
  return withSearch('/alarms', { state: state?.join(','), severity, server })
}
function withSearch(to: string, named: Readonly<Record<string, string | undefined>>): string {
  const search = new URLSearchParams(Object.entries(named).flatMap(([name, value]) => (value ? [[name, value]] : [])))
  return search.size === 0 ? to : `${to}?${search}`
}
export const toHandover = '/handover'
export const toMaintenance = '/alarms?tab=maintenance'
export function toAlarm(id: string): string {
  return `/alarms?${new URLSearchParams({ id })}`
}
export function toIncident(id: string): string {
  return `/alarms?${new URLSearchParams({ incident: id })}`
}
/** `changes`: with the form in which a change is tried on the past week. */
export function toRule(id: string, changes: boolean): string {
  return `/alarms?${new URLSearchParams({ tab: 'rules', rule: id, ...(changes && { edit: id }) })}`
}
export function toRules(find: string): string {
  return `/alarms?${new URLSearchParams({ tab: 'rules', find })}`
}
export function toServer(serverId: string): string {
  return `/servers/${encodeURIComponent(serverId)}`
}
/** Of this console, what it stores. */
export function toSubject(subject: AlarmSubject): string {
  if (subject.kind === 'console') return toHistorySettings
  if ('hostId' in subject) return toHost(subject.hostId)
  if ('probeId' in subject) return toProbe(subject.probeId)
  return subject.kind === 'stream' ? toStream(subject.serverId, subject.path) : toServer(subject.serverId)
}
export const toServers = '/servers'
export const toConfigurations = '/servers/configurations'
export const toSessions = '/sessions'
export const toWatched = '/sessions/watched'
export const toProbes = '/probes'
export const toDailyCheck = '/probes/daily'
export function toProbe(probeId: string): string {
  return `/probes?${new URLSearchParams({ id: probeId })}`
}
export const toCameras = '/cameras'
export function toCamera(cameraId: string): string {
  return `${toCameras}/${encodeURIComponent(cameraId)}`
}
export function toOwner(subject: AlarmSubject): string {
  return subject.kind === 'console' ? toHistorySettings : toSubject(ownerOf(subject))
}
/** The address with the whole window at a moment of the past. */
export function atMoment(to: string, at: number): string {
  return `${to}${to.includes('?') ? '&' : '?'}at=${Math.round(at)}`
}
/** MediaMTX paths may contain slashes, which are kept. Read the path with `useParams()['*']`. */
export function toStream(serverId: string, path: string): string {
  return `${toServer(serverId)}/streams/${path.split('/').map(encodeURIComponent).join('/')}`
}

export function toRecentSessions(serverId: string): string {
  return `/sessions?${new URLSearchParams({ server: serverId, span: 'hour' })}`
}

/** `alarms#rules` is a heading of a chapter; empty: the beginning of the manual. */
export function toHelp(chapter = ''): string {
  return chapter === '' ? '/help' : `/help/${chapter}`
}
export function toHelpSearch(q: string): string {
  return `/help?${new URLSearchParams({ q })}`
}

/** `?severity=critical&state=gone,stalled&server=id&q=text` */
interface StreamsFilter {
  readonly severity?: readonly Severity[]
  readonly state?: readonly StreamState[]
  readonly server?: readonly string[]
  readonly q?: string
}
export function toStreams({ severity, state, server, q }: StreamsFilter = {}): string {
  return withSearch('/streams', { severity: severity?.join(','), state: state?.join(','), server: server?.join(','), q })
}
