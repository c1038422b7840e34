import { isHostId } from '../../../shared/hosts.ts'
import { ownerIdOf, partOf, type Subject, subjectNamed } from '../../../shared/subjects.ts'

/**
 * How the store's tables and files name a subject: by the id of a server or a host, and a path that is '' for the server or host itself.
 * This is the door between them and all others: nobody outside of the store sees such a pair.
 */
export interface StoredSubject {
  readonly serverId: string
  readonly path: string
}
/** The path under which the rows of a server or host itself lie. */
export const ownName = ''
export const isOwnName = (path: string): boolean => path === ownName
/** How a message about damage names it. */
export const partWords = (path: string): string => (isOwnName(path) ? 'the server itself' : path)
/** What the store keeps as a server. */
export type OwnerKind = 'server' | 'host'

export const ownerKindOf = (serverId: string): OwnerKind => (isHostId(serverId) ? 'host' : 'server')

export const toStored = (subject: Subject): StoredSubject => ({ serverId: ownerIdOf(subject), path: partOf(subject) ?? ownName })
export const fromStored = ({ serverId, path }: StoredSubject): Subject => subjectNamed(serverId, isOwnName(path) ? null : path)
