import type { DeckEvent, NewEvent } from '../../shared/events.ts'
import type { HostState } from '../../shared/hosts.ts'
import type { ServerState } from '../../shared/servers.ts'
import type { AlarmOwner } from '../../shared/subjectNames.ts'
import type { AlarmSubject } from '../../shared/subjects.ts'
import type { SampleBatch } from '../history/history.ts'
import type { Finding } from './findings.ts'

/** A server, host, probe or this console, as input for finders. */
export interface JudgedOwner {
  readonly subject: AlarmOwner
  readonly name: string
  readonly isUp: boolean
  /** State of a server or host, and since when; omitted for others. */
  readonly state?: { readonly is: ServerState | HostState; readonly since: number }
}

/** Finds the troubles that rules of one kind watch for. */
export interface Finder {
  /** Called when the rules have changed. */
  readonly configure: () => void
  /** Adds the figures of a poll. Returns whether its server or host must be evaluated. */
  readonly addSamples?: (batch: SampleBatch) => boolean
  /** Advances time to `at` without a detailed poll, as when replaying the past: figures become outdated. */
  readonly advanceTo?: (ownerId: string, at: number) => void
  /** Adds events. Returns the owners that must be evaluated. */
  readonly addEvents?: (events: readonly NewEvent[]) => Iterable<AlarmOwner>
  /** Adds events recorded before this launch, oldest first. */
  readonly replayEvents?: (events: readonly Pick<DeckEvent, 'at' | 'kind' | 'subject'>[]) => void
  /** Current troubles of an owner. */
  readonly findings: (judged: JudgedOwner) => Iterable<Finding>
  /** Whether the rule sees a trouble that has not lasted long enough for a finding. */
  readonly isPending?: (rule: string, subject: AlarmSubject) => boolean
  /** Owners whose findings may change by the passing of time alone. */
  readonly timeDependentOwners?: () => Iterable<AlarmOwner>
  /** Discards everything about an owner that is no longer watched. */
  readonly forget: (ownerId: string) => void
}
