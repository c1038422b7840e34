import { isHostId, isProbeId } from '../../../shared/ownerIds.ts'
import { ownerIdOf, partOf, subjectNamed } from '../../../shared/subjectNames.ts'
import type { Subject } from '../../../shared/subjects.ts'

/**
 * How the store's tables and files name a subject: the id of its owner, and a path that is '' for the owner itself. Code outside
 * the store uses `Subject`; the columns that hold these are called `server` and `server_id` in files on disk.
 */
export interface StoredSubject {
  readonly ownerId: string
  readonly path: string
}
/** The path of an owner's own rows. */
export const ownName = ''
export const isOwnName = (path: string): boolean => path === ownName
/** An owner has its own rows and those of its parts: a server has streams, a host has devices, a probe none. */
export type OwnerKind = 'server' | 'host' | 'probe'

export const ownerKindOf = (ownerId: string): OwnerKind => (isHostId(ownerId) ? 'host' : isProbeId(ownerId) ? 'probe' : 'server')
/** How a damage message names an owner and its parts. */
export const ownerWords = (ownerId: string): string => `${ownerKindOf(ownerId)} ${ownerId}`
export const partWords = (ownerId: string, path: string): string => (isOwnName(path) ? `the ${ownerKindOf(ownerId)} itself` : path)

export const toStored = (subject: Subject): StoredSubject => ({ ownerId: ownerIdOf(subject), path: partOf(subject) ?? ownName })
export const fromStored = ({ ownerId, path }: StoredSubject): Subject => subjectNamed(ownerId, isOwnName(path) ? null : path)
