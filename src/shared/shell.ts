import type { ConsoleTrouble } from './consoleTroubles.ts'
import type { Problem } from './mistakes.ts'
import type { Severity } from './troubles.ts'
import type { Language } from './words/languages.ts'

/** What the window may ask of the desktop, and nothing else. Present as `window.mtxdeckShell` in Electron only. */
export interface Shell {
  /** Asks for the port to the engine; it arrives as a `message` event with `ports[0]` and data 'mtxdeck:port', again after each restart of the engine. */
  readonly connect: () => void
  /** Called when the engine died (`restarting`), is back (`ready`), or will not come back (`failed`, with why). */
  readonly onEngine: (listener: (state: EngineLife) => void) => () => void
  /** Saves text or bytes to a file that the operator chooses. Resolves to false when he cancels, or was told that it cannot be written. */
  readonly saveFile: (name: string, content: string | Uint8Array) => Promise<boolean>
  /** Watches the demo fleet (true) or the operator's own servers again (false): the engine is restarted, with data of its own. */
  readonly exploreDemo: (demo: boolean) => void
  /** What may be said of the fleet, its worst severity and its number of troubles, for tray and badge. */
  readonly setWorst: (verdict: Verdict, worst: Severity | null, count: number) => void
  /** The language that the window is shown in, for menu, tray and the system's dialogs. */
  readonly setLanguage: (language: Language) => void
}

/**
 * What may be said of the fleet as a whole.
 * - trouble: something is wrong.
 * - well: every server answers and nothing is wrong.
 * - unknown: nothing known is wrong, but not everything is known: servers or streams are unknown, or the engine is away.
 * - nothing: no server is watched, or none has a stream.
 */
export type Verdict = 'trouble' | 'well' | 'unknown' | 'nothing'
export type EngineLife = { readonly state: 'ready' | 'restarting' } | { readonly state: 'failed'; readonly why: EngineFailure }

/** Why a window has no engine. `engineFailureText` says what is wrong and what to do. */
export type EngineFailure =
  | { readonly kind: 'console'; readonly trouble: ConsoleTrouble }
  /** Of the configuration's file. */
  | { readonly kind: 'problems'; readonly problems: readonly Problem[] }
  /** Electron has an older one, `version`, and the install has none. */
  | { readonly kind: 'noNode24'; readonly version: string }
  /** Of an engine elsewhere. */
  | { readonly kind: 'tokenRefused' | 'notMtxdeck'; readonly url: string }
  | { readonly kind: 'noEngine'; readonly url: string; readonly because: string }
  /** It speaks another contract; `version`: its own. */
  | { readonly kind: 'engineNewer' | 'engineOlder'; readonly version: string }
  | { readonly kind: 'demoEnded' }
  | { readonly kind: 'keepsEnding'; readonly deaths: number }
