import type { EngineStartError, YamlServer } from '../engine/createEngine.ts'
import type { SecretsKey } from '../engine/ports.ts'
import type { ToMedia } from '../shared/media.ts'

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
  /** Servers that are given with the start (the demo fleet's). */
  readonly servers: readonly YamlServer[]
}

/** Header of requests from main to the engine's loopback relay. */
export const launchSecretHeader = 'x-mtxdeck-launch'

/** What main says to the engine's process. `door` brings one MessagePort, the engine's end of a window's line. */
export type ToEngine =
  | { readonly kind: 'start'; readonly start: EngineStart }
  | { readonly kind: 'door' }
  | { readonly kind: 'secretsKey'; readonly secretsKey: SecretsKey }
  | { readonly kind: 'wake' }
  /** What the media process `id` said, and that it ended. */
  | { readonly kind: 'fromMedia'; readonly id: number; readonly message: unknown }
  | { readonly kind: 'mediaEnded'; readonly id: number; readonly why: string }
  | { readonly kind: 'stop' }

export type FromEngine =
  | { readonly kind: 'ready'; readonly relayPort: number }
  /** It can not start, and says why; main ends it then. */
  | { readonly kind: 'failed'; readonly error: EngineStartError }
  /** It wants the key that secrets are kept with: asked only when needed, because a keychain may ask the operator. */
  | { readonly kind: 'askSecretsKey' }
  /** The media process is Electron's to start; the engine numbers the ones that it asks for, and says what they are to do. */
  | { readonly kind: 'startMedia'; readonly id: number; readonly env: Readonly<Record<string, string>> }
  | { readonly kind: 'toMedia'; readonly id: number; readonly message: ToMedia }
  | { readonly kind: 'killMedia'; readonly id: number }

/**
 * Between the engine's host and an engine on the install's Node 24 (see engineHost.ts): the same, and the windows' lines,
 * which can't be handed to another program, as numbered messages.
 */
export type ToEngineOnNode24 =
  | Exclude<ToEngine, { kind: 'door' }>
  | { readonly kind: 'door'; readonly door: number }
  | { readonly kind: 'doorMessage'; readonly door: number; readonly message: unknown }
  | { readonly kind: 'doorClosed'; readonly door: number }

export type FromEngineOnNode24 = FromEngine | { readonly kind: 'doorMessage'; readonly door: number; readonly message: unknown }
