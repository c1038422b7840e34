import type { SecretsKept, ServerCaution } from '../../cautions.ts'
import type { ConsoleTrouble, SetAside } from '../../consoleTroubles.ts'
import type { Texts } from '../texts.ts'

/** What the console reports about itself and its settings. A kind without a sentence in one of the languages does not compile. */
export interface NoticeWords {
  /** What is wrong and what to do. */
  readonly troubles: Texts<ConsoleTrouble>
  readonly secrets: Texts<SecretsKept>
  /** `secrets` says why a password is kept for this launch only. */
  readonly cautions: Omit<Texts<Exclude<ServerCaution, { kind: 'configurationRefused' | 'sameDoor' }>>, 'keptForLaunch'> & {
    readonly keptForLaunch: (secrets: string) => string
  }
  readonly setAside: {
    readonly mainEarlier: (facts: Extract<SetAside, { damage: 'mainEarlier' }>) => string
    readonly historyEarlier: (facts: Extract<SetAside, { damage: 'historyEarlier' }>) => string
    readonly alarmsReplaced: () => string
  }
}
