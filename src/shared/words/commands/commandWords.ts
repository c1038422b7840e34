import type { Failure, Fault, Note, Progress, StartWarning, Todo } from '../../commands.ts'
import type { SettingEnv } from '../../settings.ts'
import type { Texts } from '../texts.ts'

/** Texts of `--help`. Names of commands, options and values are not translated. */
export interface HelpWords {
  readonly program: string
  readonly seeHelp: string
  /** Behind what an option is: its value where none is given. */
  readonly byDefault: (value: string) => string
  /** Headings printed by commander. */
  readonly headings: { readonly [K in 'Usage:' | 'Arguments:' | 'Options:' | 'Commands:']: string }
  readonly help: string
  readonly version: string
  readonly variables: string
  readonly ofStart: string
  readonly ofOnce: string
  readonly commands: {
    readonly [K in
      | 'start'
      | 'serve'
      | 'open'
      | 'once'
      | 'diagnose'
      | 'recipe'
      | 'demo'
      | 'backup'
      | 'restore'
      | 'check'
      | 'export'
      | 'rules'
      | 'rehearse'
      | 'dossier'
      | 'help']: string
  }
  readonly options: {
    readonly [K in
      | 'config'
      | 'configOfData'
      | 'listen'
      | 'metricsListen'
      | 'dataDir'
      | 'demo'
      | 'attach'
      | 'browser'
      | 'listenInBrowser'
      | 'json'
      | 'jsonOfOnce'
      | 'single'
      | 'ofDemo'
      | 'output'
      | 'hideAddresses'
      | 'data'
      | 'withKey'
      | 'replace'
      | 'url'
      | 'server'
      | 'path'
      | 'metric'
      | 'from'
      | 'to'
      | 'step'
      | 'reduce'
      | 'format'
      | 'out'
      | 'prometheus'
      | 'consoleUrl'
      | 'fromRehearsed'
      | 'key'
      | 'installed'
      | 'jumpTo'
      | 'script'
      | 'servers'
      | 'paths'
      | 'troubles'
      | 'seed']: string
  }
  readonly settings: { readonly [K in SettingEnv]: string }
}

/** Texts printed by commands. A kind without words in one of the languages does not compile. */
export interface CommandWords {
  readonly help: HelpWords
  /** What is wrong with a command line, by commander's error code. */
  readonly usage: {
    readonly unknownOption: (option: string) => string
    readonly unknownCommand: (command: string) => string
    readonly missingArgument: (name: string) => string
    readonly optionMissingArgument: (option: string) => string
    readonly missingMandatoryOptionValue: (option: string) => string
    readonly excessArguments: () => string
  }
  /** Follows the error about an unknown name. */
  readonly meant: (name: string) => string
  readonly failures: Texts<Exclude<Failure, { kind: 'problems' | 'console' | 'inUse' }>>
  /** Follows the reason why a folder cannot be opened: what to do instead. */
  readonly inUse: string
  readonly warning: (text: string) => string
  readonly warnings: Texts<Exclude<StartWarning, { kind: 'secrets' }>>
  readonly serves: (version: string, url: string) => string
  readonly servesMetrics: (url: string) => string
  readonly openSignedIn: (url: string) => string
  readonly madeToken: (file: string, token: string) => string
  readonly tokenInFile: (file: string) => string
  readonly tokenInVariable: string
  readonly opensInBrowser: (why: string) => string
  /** For a remote engine, which can also be opened at its own address. */
  readonly openInBrowser: (why: string, url: string) => string
  readonly demoRuns: (servers: number) => string
  readonly broke: (file: string | null) => string
  readonly diagnosisWritten: (file: string) => string
  /** Current step. */
  readonly progress: Texts<Exclude<Progress, { kind: 'copying' }>>
  readonly backedUp: (facts: { readonly folder: string; readonly files: number; readonly bytes: number; readonly reused: number }) => string
  readonly key: { readonly [K in 'included' | 'leftOut' | 'none']: string }
  readonly keptOfEarlier: (name: string) => string
  readonly leftOut: (name: string, because: string) => string
  readonly damagedInCopy: (name: string, because: string) => string
  readonly restored: (facts: { readonly folder: string; readonly madeAt: string; readonly madeBy: string }) => string
  readonly replaced: (folder: string) => string
  readonly restoredKey: { readonly [K in 'restored' | 'stays' | 'missing']: string }
  readonly damagedInBackup: (name: string) => string
  readonly checked: (facts: {
    readonly folder: string
    readonly servers: number
    readonly seals: number
    readonly chunks: number
    readonly minutes: number
    readonly events: number
    readonly archives: number
    readonly backups: number
  }) => string
  readonly wrong: (file: string, what: string, todo: string) => string
  /** Summary with the number of faults found. */
  readonly verdict: (count: number) => string
  /** What is wrong with a file; printed after its name. */
  readonly faults: Texts<Fault>
  /** A sentence about a file, beginning with its name. */
  readonly notes: { readonly [K in Note['kind']]: (file: string) => string }
  readonly todo: { readonly [K in Todo]: string }
  /** Texts of `mtxdeck once`. Column headings are the keys of its JSON in every language. */
  readonly once: {
    readonly noServers: string
    readonly streams: (count: number) => string
    readonly noAnswer: string
    readonly host: string
    readonly notRead: string
    readonly load: string
    readonly memory: (percent: string, total: string) => string
    readonly up: (time: string) => string
    readonly ofCore: (percent: string, memory: string) => string
    readonly disk: (used: string, free: string) => string
    readonly network: (received: string, sent: string) => string
  }
}
