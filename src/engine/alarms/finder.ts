import type { DeckEvent, NewEvent } from '../../shared/events.ts'
import type { HostState } from '../../shared/hosts.ts'
import type { ServerState } from '../../shared/servers.ts'
import type { AlarmOwner } from '../../shared/subjectNames.ts'
import type { AlarmSubject } from '../../shared/subjects.ts'
import type { SampleBatch } from '../history/history.ts'
import type { Finding } from './findings.ts'

/** A server, a host or this console, as it is judged. */
export interface Judged {
  readonly subject: AlarmOwner
  readonly name: string
  readonly isUp: boolean
  /** Of a server or host, and since when. Left out: of this console, which has none. */
  readonly state?: { readonly is: ServerState | HostState; readonly since: number }
}

/** Finds what rules of one kind watch. */
export interface Finder {
  /** The rules have changed. */
  readonly configure: () => void
  /** Takes the figures of a poll. Returns whether its server or host is to be judged. */
  readonly see?: (batch: SampleBatch) => boolean
  /** Until then no poll is known closely, as in a past that is played: what was found ages. */
  readonly pass?: (ownerId: string, at: number) => void
  /** Takes note of events. Returns the servers and hosts that they concern, and this console. */
  readonly happened?: (events: readonly NewEvent[]) => Iterable<AlarmOwner>
  /** Takes note of events that were recorded before this console began, the oldest first. */
  readonly recall?: (events: readonly Pick<DeckEvent, 'at' | 'kind' | 'subject'>[]) => void
  /** What it finds wrong now. */
  readonly findings: (judged: Judged) => Iterable<Finding>
  /** Whether something is wrong now by this rule, though not for long enough to be found. */
  readonly isPending?: (rule: string, subject: AlarmSubject) => boolean
  /** Servers and hosts where time alone may change something. */
  readonly restless?: () => Iterable<AlarmOwner>
  /** A server or host is not watched any more. */
  readonly forget: (ownerId: string) => void
}
