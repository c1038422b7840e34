import type { EngineFailure } from '../../shell.ts'
import type { Severity } from '../../troubles.ts'
import type { Texts } from '../texts.ts'

/** What the desktop shows around its window, in one language. */
export interface DesktopWords {
  /** `&` marks the letter that opens a menu with Alt. */
  readonly menu: {
    readonly [K in
      | 'file'
      | 'showWindow'
      | 'openBundle'
      | 'openConfiguration'
      | 'demoFleet'
      | 'close'
      | 'quit'
      | 'edit'
      | 'undo'
      | 'redo'
      | 'cut'
      | 'copy'
      | 'paste'
      | 'pasteAsText'
      | 'delete'
      | 'selectAll'
      | 'view'
      | 'reload'
      | 'actualSize'
      | 'zoomIn'
      | 'zoomOut'
      | 'fullScreen'
      | 'developerTools'
      | 'window'
      | 'minimize'
      | 'zoom'
      | 'toFront'
      | 'help'
      | 'showLogs'
      | 'about'
      | 'services'
      | 'hide'
      | 'hideOthers'
      | 'showAll']: string
  }
  /** In the system's About window. */
  readonly licence: string
  /** File types in the system's file dialog. */
  readonly bundles: string
  readonly configuration: string
  /** What the window is answered where it asks for something that it can't have. */
  readonly answers: { readonly [K in 'noSuchFile' | 'noSuchPlace' | 'onlyReading' | 'noEngine' | 'noAnswer']: string }
  /** Status of the fleet in the tray when no incident is open. `taken`: troubles last, and somebody has each of them. */
  readonly fleet: { readonly [K in 'engineFailed' | 'engineRestarts' | 'notKnownYet' | 'well' | 'unknown' | 'nothing' | 'taken']: string }
  /** `count`: of open incidents. */
  readonly alarms: (count: number, worst: Severity) => string
  readonly failures: Texts<Exclude<EngineFailure, { kind: 'console' | 'problems' }>>
}
