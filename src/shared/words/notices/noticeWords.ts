import type { SecretsKept, ServerCaution } from '../../cautions.ts'
import type { ConsoleTrouble, SetAside } from '../../consoleTroubles.ts'

type Told<Kind extends { readonly kind: string }> = { readonly [K in Kind['kind']]: (facts: Extract<Kind, { kind: K }>) => string }

/** What the console says of itself and of its settings: a kind without a sentence in one of the languages does not compile. */
export interface NoticeWords {
  /** What is wrong and what to do. */
  readonly troubles: Told<ConsoleTrouble>
  readonly secrets: Told<SecretsKept>
  /** `secrets`: of `keptForLaunch`, why. */
  readonly cautions: Omit<Told<Exclude<ServerCaution, { kind: 'told' | 'configurationRefused' }>>, 'keptForLaunch'> & {
    readonly keptForLaunch: (secrets: string) => string
  }
  readonly setAside: {
    readonly mainEarlier: (facts: Extract<SetAside, { damage: 'mainEarlier' }>) => string
    readonly historyEarlier: (facts: Extract<SetAside, { damage: 'historyEarlier' }>) => string
  }
}
