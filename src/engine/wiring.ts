import type { Slices } from '../clock/slices.ts'
import type { Operator } from '../shared/permissions.ts'
import type { Accounts, People } from './accounts/accounts.ts'
import type { EngineOptions } from './engineOptions.ts'
import type { Store } from './openStore.ts'
import type { EnginePorts, SecretsKey } from './ports.ts'
import type { SecretBox } from './servers/secretBox.ts'

export interface Wiring {
  readonly ports: EnginePorts
  readonly options: EngineOptions
  readonly store: Store
  readonly slices: Slices
  /** Encrypts secrets at rest. */
  readonly secretsKey: SecretsKey
  /** null: secrets can't be stored. */
  readonly box: SecretBox | null
  /** Who an owner of cameras is. */
  readonly people: Accounts
  /** Who an operator of this id is now; null: nobody any more. */
  readonly operatorOf: (operatorId: string, at?: number) => Operator | null
  /** Ends what somebody has running with his sign-in. */
  readonly running: People['running']
  /** Mark of this installation: our readers carry it, so that this console and others recognize them. */
  readonly tag: string
  readonly startedAt: number
  /** Closed in reverse order at the shutdown. */
  readonly opened: AsyncDisposableStack
  /** At the shutdown these are asked to end, and waited for. */
  readonly deferEnd: (...works: readonly (() => Promise<unknown>)[]) => void
  /** Aborted at the shutdown. */
  readonly signal: AbortSignal
}
