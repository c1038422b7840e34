import type { Alarm } from '../../shared/alarms.ts'
import type { ConsoleTrouble } from '../../shared/consoleTroubles.ts'
import type { Reason } from '../../shared/reasons.ts'
import type { SendFailure } from '../../shared/sendFailures.ts'

/** Troubles of this console itself. */
export const ownTroubleKinds = ['consoleOffline', 'storeFailing', 'backupMissed', 'messageRefused'] as const
export type OwnTroubleKind = (typeof ownTroubleKinds)[number]

export interface OwnTrouble extends Pick<Alarm, 'severity' | 'why'> {
  readonly kind: OwnTroubleKind
}

/** Of what is seen the most is still stored. */
const mildly: ReadonlySet<ConsoleTrouble['kind']> = new Set(['spaceLow', 'diskSlow', 'noRoomForArchive'])

/** What is wrong with this console itself. `store`: why not all is stored; `backup`: why its databases are not copied; `network`: why it sees nothing; `refusals`: channels that put messages aside. */
export function ownTroublesOf(of: {
  readonly store: ConsoleTrouble | null
  readonly backup: ConsoleTrouble | null
  readonly network: Reason | null
  readonly refusals: readonly { readonly channel: string; readonly failure: SendFailure }[]
}): readonly OwnTrouble[] {
  const { store, backup, network, refusals } = of
  const [refused] = refusals
  return [
    ...(network === null ? [] : [{ kind: 'consoleOffline', severity: 'critical', why: network } as const]),
    ...(store === null
      ? []
      : [{ kind: 'storeFailing', severity: mildly.has(store.kind) ? 'major' : 'critical', why: { kind: 'consoleTrouble', trouble: store } } as const]),
    ...(backup === null ? [] : [{ kind: 'backupMissed', severity: 'minor', why: { kind: 'consoleTrouble', trouble: backup } } as const]),
    ...(refused === undefined
      ? []
      : [
          {
            kind: 'messageRefused',
            severity: 'major',
            why: { kind: 'messageRefused', channels: refusals.map(({ channel }) => channel), failure: refused.failure },
          } as const,
        ]),
  ]
}
