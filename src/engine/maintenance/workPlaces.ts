import type { Server } from '../../shared/servers.ts'
import { pathOf } from '../../shared/subjectNames.ts'
import type { AlarmSubject } from '../../shared/subjects.ts'
import type { WorkPlace } from './maintenance.ts'

export interface WorkPlacesDeps {
  /** Name and tags of the server that a subject is or belongs to. */
  readonly placeOf: (subject: AlarmSubject) => { readonly server: string | null; readonly tags: readonly string[] }
  readonly server: (id: string) => Pick<Server, 'name' | 'tags'> | null
  /** The streams of watched servers that probes read, by probe id. */
  readonly probed: () => ReadonlyMap<string, { readonly serverId: string; readonly path: string }>
}

/** Returns the properties that decide which maintenance concerns a subject. Maintenance of a server also concerns the probes that read its streams. */
export function workPlacesBy({ placeOf, server, probed }: WorkPlacesDeps) {
  return (subject: AlarmSubject): WorkPlace => {
    const { server: name, tags } = placeOf(subject)
    const read = subject.kind === 'probe' ? probed().get(subject.probeId) : undefined
    if (read === undefined) return { name: name ?? '', tags: name === null && subject.kind !== 'probe' ? [] : tags, path: pathOf(subject) }
    const of = server(read.serverId)
    return { name: of?.name ?? '', tags: [...tags, ...(of?.tags ?? [])], path: read.path }
  }
}
