import type { Language } from '../i18n/languages.ts'
import type { ConsoleTrouble } from './consoleTroubles.ts'
import type { Severity } from './severities.ts'
import type { Problem } from './validationErrors.ts'

/** Everything that the window may ask of the desktop. Present as `window.mtxdeckShell` in Electron only. */
export interface Shell {
  /** Requests the port to the engine. It arrives as a `message` event with `ports[0]` and data 'mtxdeck:port', and again after each restart of the engine. */
  readonly connect: () => void
  /** Calls the listener when the engine died (`restarting`), is back (`ready`), or will not come back (`failed`, with the reason). */
  readonly onEngine: (listener: (state: EngineLife) => void) => () => void
  /** Saves text or bytes to a file that the operator chooses. Resolves to false if the operator cancels or the file cannot be written, which a dialog has reported. */
  readonly saveFile: (name: string, content: string | Uint8Array) => Promise<boolean>
  /** Switches to the demo fleet (true) or back to the operator's own servers (false). The engine restarts; each has its own data. */
  readonly exploreDemo: (demo: boolean) => void
  /** Reports the verdict on the fleet, the worst severity of its incidents and the number of unacknowledged ones, for tray and badge. */
  readonly setWorst: (verdict: Verdict, worst: Severity | null, count: number) => void
  /** Whether the system shows notifications at all. */
  readonly hasNotices: boolean
  /** Shows a notification of the system, in place of an earlier one with the same tag. */
  readonly notify: (notice: DeskNotice) => void
  /** Calls the listener with the `to` of a notification that was clicked. The window has been brought to the front. */
  readonly onNotice: (listener: (to: string) => void) => () => void
  /** Reports the language of the window, for menu, tray and system dialogs. */
  readonly setLanguage: (language: Language) => void
}

/** A notification of the system. */
export interface DeskNotice {
  readonly tag: string
  readonly title: string
  readonly text: string
  /** What a click opens: an address within the console. */
  readonly to: string
}

/**
 * The verdict on the fleet as a whole.
 * - trouble: something is wrong.
 * - well: every server answers and nothing is wrong.
 * - unknown: no known trouble, but some servers or streams are unknown, or the engine can't be reached.
 * - nothing: no server is watched, or none has a stream.
 */
export type Verdict = 'trouble' | 'well' | 'unknown' | 'nothing'
export type EngineLife = { readonly state: 'ready' | 'restarting' } | { readonly state: 'failed'; readonly why: EngineFailure }

/** Why a window has no engine. `engineFailureText` says what is wrong and what to do. */
export type EngineFailure =
  | { readonly kind: 'console'; readonly trouble: ConsoleTrouble }
  /** The configuration file has mistakes. */
  | { readonly kind: 'problems'; readonly problems: readonly Problem[] }
  /** Electron brings the older Node `version`, and no Node 24 is installed. */
  | { readonly kind: 'noNode24'; readonly version: string }
  /** A remote engine at `url`. */
  | { readonly kind: 'tokenRefused' | 'notMtxdeck'; readonly url: string }
  | { readonly kind: 'noEngine'; readonly url: string; readonly because: string }
  /** The engine, mtxdeck `version`, has a different contract version. */
  | { readonly kind: 'engineNewer' | 'engineOlder'; readonly version: string }
  | { readonly kind: 'keepsEnding'; readonly deaths: number }
