import type { EngineFailure } from '../../shell.ts'
import type { Severity } from '../../troubles.ts'
import type { Texts } from '../texts.ts'

/** What the desktop shows around its window, in one language. */
export interface DesktopWords {
  /** `&` stands before the letter that Alt opens a menu with. */
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
  /** Files to choose from, in the system's dialog. */
  readonly bundles: string
  readonly configuration: string
  /** What the tray says of the fleet where there is no trouble. */
  readonly fleet: { readonly [K in 'engineFailed' | 'engineRestarts' | 'notKnownYet' | 'well' | 'unknown' | 'nothing']: string }
  readonly troubles: (count: number, worst: Severity) => string
  readonly failures: Texts<Exclude<EngineFailure, { kind: 'console' | 'problems' }>>
}
