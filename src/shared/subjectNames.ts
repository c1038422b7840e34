/** Stands for this console in place of the id of a server or host. */
export const consoleId = 'console'

export function serverSubject(serverId: string): SubjectOf<'server'> {
  return { kind: 'server', serverId }
}
export function streamSubject(serverId: string, path: string): SubjectOf<'stream'> {
  return { kind: 'stream', serverId, path }
}
export function hostSubject(hostId: string): SubjectOf<'host'> {
  return { kind: 'host', hostId }
}
export function deviceSubject(hostId: string, device: string): SubjectOf<'device'> {
  return { kind: 'device', hostId, device }
}
export function probeSubject(probeId: string): SubjectOf<'probe'> {
  return { kind: 'probe', probeId }
}

/** What figures belong to: it has its own, and those of its parts. */
export type Owner = SubjectOf<'server' | 'host' | 'probe'>
/** Id of the server, host or probe that the subject is or belongs to. */
export function ownerIdOf(subject: AlarmSubject): string {
  return 'hostId' in subject ? subject.hostId : 'serverId' in subject ? subject.serverId : 'probeId' in subject ? subject.probeId : consoleId
}
/** The server, host or probe that the subject is or belongs to. */
export function ownerOf(subject: Subject): Owner {
  return 'hostId' in subject ? hostSubject(subject.hostId) : 'probeId' in subject ? subject : serverSubject(subject.serverId)
}
/** What alarms are judged for, with all that belongs to it: an owner, or this console. */
export type AlarmOwner = Owner | Extract<AlarmSubject, { kind: 'console' }>
/** The server, host or probe that the subject is or belongs to, or this console. */
export function alarmOwnerOf(subject: AlarmSubject): AlarmOwner {
  return subject.kind === 'console' ? subject : ownerOf(subject)
}
/** Name of the subject within its server or host; null if it is the owner itself. */
export function partOf(subject: AlarmSubject): string | null {
  return subject.kind === 'stream' ? subject.path : subject.kind === 'device' ? subject.device : null
}
/** In words, such as "Berlin · cam-1". `ownerName`: of its server, host or probe. */
export function subjectName(subject: AlarmSubject, ownerName: string): string {
  const part = partOf(subject)
  return part === null ? ownerName : `${ownerName} · ${part}`
}
/** The path of a stream; null for other subjects. */
export function pathOf(subject: AlarmSubject | null): string | null {
  return subject?.kind === 'stream' ? subject.path : null
}
/** The subject for an id and a part without a kind, as in the store's files and older forms of the API. The id shows the kind. */
export function subjectNamed(id: string, part: string | null): Subject {
  if (isProbeId(id)) return probeSubject(id)
  if (isHostId(id)) return part === null ? hostSubject(id) : deviceSubject(id, part)
  return part === null ? serverSubject(id) : streamSubject(id, part)
}
export function sameSubject(a: Subject, b: Subject): boolean {
  return a.kind === b.kind && ownerIdOf(a) === ownerIdOf(b) && partOf(a) === partOf(b)
}
export type SubjectKind = Subject['kind']
export type SubjectOf<K extends SubjectKind> = Extract<Subject, { kind: K }>
/** Anything that figures are stored for. `device`: a part of a host, such as `disk:/`, `net:eth0` or `gpu:0`. */
export type Subject =
  | { kind: 'server'; serverId: string }
  | { kind: 'stream'; serverId: string; path: string }
  | { kind: 'host'; hostId: string }
  | { kind: 'device'; hostId: string; device: string }
  | { kind: 'probe'; probeId: string }
/** What alarms are about: anything with figures, or this console itself, which has none. */
export type AlarmSubject = Subject | { kind: 'console' }

const hostMark = 'host-'
const probeMark = 'probe-'
/** Whether an id without a kind, as in the store's files and older forms of the API, is a host's. No server id begins like this. */
export function isHostId(id: string): boolean {
  return id.startsWith(hostMark)
}
/** Whether an id without a kind, as in the store's files, is a probe's. No id of a server or host begins like this. */
export function isProbeId(id: string): boolean {
  return id.startsWith(probeMark)
}
