import type { Subject } from '../../../shared/subjects.ts'

/**
 * How the store's tables and files name a subject: by the id of a server or a host, and a path that is '' for the server or host itself.
 * This is the door between them and all others: nobody outside of the store sees such a pair.
 */
export interface StoredSubject {
  readonly serverId: string
  readonly path: string
}
/** What the store keeps as a server. */
export type OwnerKind = 'server' | 'host'

/** In the store's files the ids of hosts begin so, and no server's does: nothing else in them says which of the two it is. */
const hostMark = 'host-'
export const ownerKindOf = (serverId: string): OwnerKind => (serverId.startsWith(hostMark) ? 'host' : 'server')

export function toStored(subject: Subject): StoredSubject {
  switch (subject.kind) {
    case 'server':
      return { serverId: subject.serverId, path: '' }
    case 'stream':
      return { serverId: subject.serverId, path: subject.path }
    case 'host':
      return { serverId: subject.hostId, path: '' }
    case 'device':
      return { serverId: subject.hostId, path: subject.device }
    default:
      return subject satisfies never
  }
}
export function fromStored({ serverId, path }: StoredSubject): Subject {
  if (ownerKindOf(serverId) === 'host') return path === '' ? { kind: 'host', hostId: serverId } : { kind: 'device', hostId: serverId, device: path }
  return path === '' ? { kind: 'server', serverId } : { kind: 'stream', serverId, path }
}
