import type { Contract } from '../shared/contract.ts'
import type { Result } from '../shared/result.ts'
import type { ServerInput } from '../shared/servers.ts'
import type { StreamReport } from '../shared/streams.ts'
import type { EnginePorts } from './ports.ts'
import type { Router } from '@orpc/server'

/** A server that the configuration file names. Its secret is resolved by whoever read the file. */
export type YamlServer = ServerInput

export interface EngineOptions {
  /** Servers of the configuration file: shown, marked, not editable; they win over stored ones of the same name. */
  readonly yamlServers?: readonly YamlServer[]
  readonly demo?: boolean
  readonly keepDays?: number
  readonly keepBytes?: number
}

/** Why the engine can not start. `words` say what is wrong and what to do. */
export interface EngineStartError {
  readonly kind: 'dataDirInUse' | 'dataDirNotWritable' | 'databaseNewer' | 'databaseDamaged' | 'nodeTooOld'
  readonly words: string
}

/** The running engine. Doors (message port, WebSocket, REST) are hung on `router` by whoever hosts it. */
export interface Engine {
  readonly router: Router<Contract, Record<never, never>>
  /** Serves `/relay/…`: HLS of the servers, with credentials added. The host checks its launch secret or session first. */
  readonly relay: (request: Request) => Promise<Response>
  /** All streams for scripts. */
  readonly reports: () => readonly StreamReport[]
  /** Resolves when nothing is in flight: no request, no write. For tests in virtual time. */
  readonly settled: () => Promise<void>
  /** Stops polling, writes what is pending, closes everything in reverse order; 3 s at most. */
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

/** Composition root: wires everything and owns the shutdown. */
export type CreateEngine = (ports: EnginePorts, options?: EngineOptions) => Promise<Result<Engine, EngineStartError>>
