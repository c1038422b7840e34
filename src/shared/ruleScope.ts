import { fieldsTest, type NameFields } from './naming.ts'
import { matcherOf } from './patterns.ts'
import type { Scope } from './rules.ts'
import { type AlarmSubject, pathOf } from './subjectNames.ts'

/** Properties of a subject that scopes select by; a host has those of its server. */
export interface Placed {
  readonly server: string | null
  readonly host: string | null
  /** Omitted: not a probe. */
  readonly probe?: string | null
  readonly tags: readonly string[]
}

/** The fields of a stream's name; null: no naming template matches. */
export type FieldsOf = (path: string) => NameFields | null

/** Returns whether a scope selects a subject. `placeOf` returns its properties; null: it is no longer known. */
export function scopeTest(scope: Scope, placeOf: (subject: AlarmSubject) => Placed | null, fieldsOf: FieldsOf): (subject: AlarmSubject) => boolean {
  const { tags, servers, hosts, streams, where, devices, probes } = scope
  const isNamed = where && where.length > 0 ? fieldsTest(where) : undefined
  const isServer = servers && matcherOf(servers)
  const isHost = hosts && matcherOf(hosts)
  const isStream = streams && matcherOf(streams)
  const isDevice = devices && matcherOf(devices)
  const isProbe = probes && matcherOf(probes)
  const asksPlace = tags !== undefined || isServer !== undefined || isHost !== undefined || isProbe !== undefined
  const fits = (matches: ((name: string) => boolean) | undefined, name: string | null) => matches === undefined || (name !== null && matches(name))
  return (subject) => {
    if (!fits(isStream, pathOf(subject)) || !fits(isDevice, subject.kind === 'device' ? subject.device : null)) return false
    if (isNamed !== undefined) {
      const path = pathOf(subject)
      if (path === null || !isNamed(fieldsOf(path))) return false
    }
    if (!asksPlace) return true
    const place = placeOf(subject)
    if (place === null) return false
    return (
      fits(isServer, place.server) && fits(isHost, place.host) && fits(isProbe, place.probe ?? null) && (tags?.some((tag) => place.tags.includes(tag)) ?? true)
    )
  }
}
