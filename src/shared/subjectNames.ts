import { isHostId, isProbeId } from './ownerIds.ts'
import type { AlarmSubject, Subject, SubjectOf } from './subjects.ts'

/** Stands for this console in place of the id of a server or host. */
export const consoleId = 'console'

export const serverSubject = (serverId: string): SubjectOf<'server'> => ({ kind: 'server', serverId })
export const streamSubject = (serverId: string, path: string): SubjectOf<'stream'> => ({ kind: 'stream', serverId, path })
export const hostSubject = (hostId: string): SubjectOf<'host'> => ({ kind: 'host', hostId })
export const deviceSubject = (hostId: string, device: string): SubjectOf<'device'> => ({ kind: 'device', hostId, device })
export const probeSubject = (probeId: string): SubjectOf<'probe'> => ({ kind: 'probe', probeId })

/** What figures belong to: it has its own, and those of its parts. */
export type Owner = SubjectOf<'server' | 'host' | 'probe'>
/** Id of the server, host or probe that the subject is or belongs to. */
export const ownerIdOf = (subject: AlarmSubject): string =>
  'hostId' in subject ? subject.hostId : 'serverId' in subject ? subject.serverId : 'probeId' in subject ? subject.probeId : consoleId
/** The server, host or probe that the subject is or belongs to. */
export const ownerOf = (subject: Subject): Owner =>
  'hostId' in subject ? hostSubject(subject.hostId) : 'probeId' in subject ? subject : serverSubject(subject.serverId)
/** Name of the subject within its server or host; null if it is the owner itself. */
export const partOf = (subject: AlarmSubject): string | null => (subject.kind === 'stream' ? subject.path : subject.kind === 'device' ? subject.device : null)
/** The path of a stream; null for other subjects. */
export const pathOf = (subject: AlarmSubject | null): string | null => (subject?.kind === 'stream' ? subject.path : null)
/** The subject for an id and a part without a kind, as in the store's files and older forms of the API. The id shows the kind. */
export function subjectNamed(id: string, part: string | null): Subject {
  if (isProbeId(id)) return probeSubject(id)
  if (isHostId(id)) return part === null ? hostSubject(id) : deviceSubject(id, part)
  return part === null ? serverSubject(id) : streamSubject(id, part)
}
export const sameSubject = (a: Subject, b: Subject): boolean => a.kind === b.kind && ownerIdOf(a) === ownerIdOf(b) && partOf(a) === partOf(b)
