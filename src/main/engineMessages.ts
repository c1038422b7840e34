import { timingSafeEqual } from 'node:crypto'
import type { SecretsKey } from '../engine/ports.ts'
import type { MediaUse } from '../shared/media.ts'
import type { EngineFailure } from '../shared/shell.ts'

/** A headless engine elsewhere that this desk shows, instead of running its own. */
export interface AttachedEngine {
  /** Its origin: scheme, host and port. */
  readonly url: string
  readonly token: string
}

export interface EngineStart {
  readonly dataDir: string
  readonly logDir: string
  readonly version: string
  /** Where whoever packed this app tells of newer versions. */
  readonly updates: string | null
  /** Folder of the app (or of the checkout), which contains the install's own Node 24. */
  readonly appDir: string
  /** Sent by main as `launchSecretHeader` with every relayed request; the relay refuses all other requests. */
  readonly launchSecret: string
  readonly secretsKey: SecretsKey
  /** Whether the demo fleet is watched, which runs in the engine's process. */
  readonly demo: boolean
  readonly attach: AttachedEngine | null
  /** Configuration file to use, with its own data folder; null: servers and hosts entered in the window. */
  readonly config: string | null
  /** A bundle's file to show, read-only, instead of watching. */
  readonly bundle: string | null
  /** Whether an engine was ready before in this launch, in which case it is waited for. */
  readonly wasReady: boolean
}

/** Header of requests from main to the engine's loopback relay. */
export const launchSecretHeader = 'x-mtxdeck-launch'
/** Returns a function that checks in constant time whether a header's value is this launch's secret. */
export function createLaunchGuard(launchSecret: string): (given: string | readonly string[] | null | undefined) => boolean {
  const expected = Buffer.from(launchSecret)
  return (given) => {
    const bytes = Buffer.from(typeof given === 'string' ? given : '')
    return bytes.length === expected.length && timingSafeEqual(bytes, expected)
  }
}

/**
 * Messages of main to the engine's process. `door` and `media` carry one MessagePort: the engine's end of the connection to a window, or
 * to a working media process.
 */
export type ToEngine =
  | { readonly kind: 'start'; readonly start: EngineStart }
  | { readonly kind: 'door' }
  | { readonly kind: 'media'; readonly use: MediaUse }
  /** A media process has ended; `isForGood`: it is not restarted. */
  | { readonly kind: 'mediaEnded'; readonly use: MediaUse; readonly isForGood: boolean }
  /** What Electron says of the way to the URL that was asked about, such as `PROXY proxy:3128; DIRECT`. */
  | { readonly kind: 'proxy'; readonly url: string; readonly said: string }
  | { readonly kind: 'stop' }

export type FromEngine =
  | { readonly kind: 'ready'; readonly relayPort: number }
  /** The engine can't start, and why; main then ends its process. */
  | { readonly kind: 'failed'; readonly why: EngineFailure }
  | { readonly kind: 'askProxy'; readonly url: string }
  | { readonly kind: 'askMedia'; readonly use: MediaUse }

/**
 * Between the engine's host and an engine on the install's Node 24 (see engineHost.ts): the same messages, and ports to windows and media
 * processes by numbers, because they can't be passed to another program.
 */
export type ToEngineOnNode24 =
  | Exclude<ToEngine, { kind: 'door' | 'media' }>
  | { readonly kind: 'port'; readonly port: number; readonly of: 'door' | MediaUse }
  | PortMessage
  | { readonly kind: 'portClosed'; readonly port: number }
interface PortMessage {
  readonly kind: 'portMessage'
  readonly port: number
  readonly message: unknown
}
export type FromEngineOnNode24 = FromEngine | PortMessage

/** Messages of main to the media process. `line` carries one MessagePort for requests and answers (shared/media.ts). */
export type ToMediaHost = { readonly kind: 'line' } | { readonly kind: 'stop' }

export type FromMediaHost = { readonly kind: 'ready' }
