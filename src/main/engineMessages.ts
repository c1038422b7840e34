import type { YamlHost, YamlServer } from '../engine/createEngine.ts'
import type { SecretsKey } from '../engine/ports.ts'
import type { EngineFailure } from '../shared/shell.ts'

/** A headless engine elsewhere, which this desk shows instead of running its own. */
export interface AttachedEngine {
  /** Its origin: scheme, host and port, nothing behind. */
  readonly url: string
  readonly token: string
}

/** What the engine's process needs to begin. */
export interface EngineStart {
  readonly dataDir: string
  readonly logDir: string
  readonly version: string
  /** Folder of the app (or of the checkout), where the install's own Node 24 is looked for. */
  readonly appDir: string
  /** Sent by main as `launchSecretHeader` with every relayed request; the relay answers to nobody else. */
  readonly launchSecret: string
  /** URL of the store thread's entry. */
  readonly storeWorker: string
  readonly demo: boolean
  /** Servers and hosts that are given with the start (the demo fleet's). */
  readonly servers: readonly YamlServer[]
  readonly hosts: readonly YamlHost[]
  readonly attach: AttachedEngine | null
  /** A configuration's file to watch by, in its own data folder; null: what was entered in the window. */
  readonly config: string | null
  /** A bundle's file to show, read-only, instead of watching. */
  readonly bundle: string | null
  /** An engine was there before in this launch: it is waited for. */
  readonly wasReady: boolean
}

/** Header of requests from main to the engine's loopback relay. */
export const launchSecretHeader = 'x-mtxdeck-launch'

/**
 * What main says to the engine's process. `door` and `media` bring one MessagePort: the engine's end of a window's line, and
 * of the one to a media process that works.
 */
export type ToEngine =
  | { readonly kind: 'start'; readonly start: EngineStart }
  | { readonly kind: 'door' }
  | { readonly kind: 'media' }
  /** The media process ended; `isForGood`: it is not started again. */
  | { readonly kind: 'mediaEnded'; readonly isForGood: boolean }
  | { readonly kind: 'secretsKey'; readonly secretsKey: SecretsKey }
  | { readonly kind: 'wake' }
  | { readonly kind: 'stop' }

export type FromEngine =
  | { readonly kind: 'ready'; readonly relayPort: number }
  /** It cannot start, and says why; main ends it then. */
  | { readonly kind: 'failed'; readonly why: EngineFailure }
  /** It wants the key that secrets are kept with: asked only when needed, because a keychain may ask the operator. */
  | { readonly kind: 'askSecretsKey' }
  /** It wants a line to the media process. */
  | { readonly kind: 'askMedia' }

/**
 * Between the engine's host and an engine on the install's Node 24 (see engineHost.ts): the same, and the lines of
 * windows and of the media process, which can't be handed to another program, as (numbered) messages.
 */
export type ToEngineOnNode24 =
  | Exclude<ToEngine, { kind: 'door' }>
  | { readonly kind: 'mediaMessage'; readonly message: unknown }
  | { readonly kind: 'door'; readonly door: number }
  | { readonly kind: 'doorMessage'; readonly door: number; readonly message: unknown }
  | { readonly kind: 'doorClosed'; readonly door: number }

export type FromEngineOnNode24 =
  | FromEngine
  | { readonly kind: 'mediaMessage'; readonly message: unknown }
  | { readonly kind: 'doorMessage'; readonly door: number; readonly message: unknown }
