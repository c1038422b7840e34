import { isHostId, isProbeId } from '../../../shared/ownerIds.ts'
import type { Subject } from '../../../shared/subjectNames.ts'
import { ownerIdOf, partOf, subjectNamed } from '../../../shared/subjectNames.ts'

/** Milliseconds per day. All days here are UTC days. */
export const dayMs = 86_400_000
export function dayOf(at: number): number {
  return Math.floor(at / dayMs)
}
export function dayStartOf(at: number): number {
  return dayOf(at) * dayMs
}

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
export function isOwnName(path: string): boolean {
  return path === ownName
}
/** An owner has its own rows and those of its parts: a server has streams, a host has devices, a probe none. */
export type OwnerKind = 'server' | 'host' | 'probe'

export function ownerKindOf(ownerId: string): OwnerKind {
  return isHostId(ownerId) ? 'host' : isProbeId(ownerId) ? 'probe' : 'server'
}
/** How a damage message names an owner and its parts. */
export function ownerText(ownerId: string): string {
  return `${ownerKindOf(ownerId)} ${ownerId}`
}
export function partText(ownerId: string, path: string): string {
  return isOwnName(path) ? `the ${ownerKindOf(ownerId)} itself` : path
}

export function toStored(subject: Subject): StoredSubject {
  return { ownerId: ownerIdOf(subject), path: partOf(subject) ?? ownName }
}
export function fromStored({ ownerId, path }: StoredSubject): Subject {
  return subjectNamed(ownerId, isOwnName(path) ? null : path)
}
