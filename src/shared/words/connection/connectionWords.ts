import type { StepFound, TestedPort, YmlRemark } from '../../connectionTest.ts'
import type { Texts } from '../texts.ts'

/** A finding of the connection test, and what to do about it where there is something. */
export type Finding = string | readonly [what: string, todo: string]

/** What the connection test says in one language. */
export interface ConnectionWords {
  readonly ports: Readonly<Record<TestedPort, string>>
  /** What one does without it; for the API it is never asked. */
  readonly without: Readonly<Record<TestedPort, string>>
  /** `port`: which of them, by its name; `key`: as mediamtx.yml calls it. */
  readonly found: Texts<Exclude<StepFound, { kind: 'error' | 'apiElsewhere' }>, [of: { port: string; key: TestedPort; without: string }], Finding>
  /** Where the API is instead. */
  readonly useAddress: (api: string) => string
  /** A test does not poll: what happens to polling does not belong here. */
  readonly wrongPassword: Finding
  /** Behind an error: the usual port was tried, too. */
  readonly usualPort: (port: string) => string
  readonly remarks: Readonly<Record<YmlRemark, string>>
}
