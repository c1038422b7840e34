import type { StepFound, TestedPort, YmlRemark } from '../../connectionTest.ts'
import type { Texts } from '../texts.ts'

/** A finding of the connection test, with what to do about it if anything. */
export type Finding = string | readonly [what: string, todo: string]

/** What the connection test says in one language. */
export interface ConnectionWords {
  readonly ports: Readonly<Record<TestedPort, string>>
  /** What is missing without this port; never used for the API. */
  readonly without: Readonly<Record<TestedPort, string>>
  /** `port` is the port's name; `key` is its name in mediamtx.yml. */
  readonly found: Texts<Exclude<StepFound, { kind: 'error' | 'apiElsewhere' }>, [of: { port: string; key: TestedPort; without: string }], Finding>
  /** Where the API answers instead. */
  readonly useAddress: (api: string) => string
  /** Says nothing about polling, because a test does not poll. */
  readonly wrongPassword: Finding
  /** Follows an error: the usual port was tried, too. */
  readonly usualPort: (port: string) => string
  readonly remarks: Readonly<Record<YmlRemark, string>>
}
