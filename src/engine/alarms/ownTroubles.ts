import type { Alarm } from '../../shared/alarms.ts'
import { alarmOfConsole, type ConsoleTrouble } from '../../shared/consoleTroubles.ts'
import type { PictureReason } from '../../shared/previews.ts'
import type { Reason } from '../../shared/reasons.ts'
import type { SendFailure } from '../../shared/sendFailures.ts'

/** Troubles of this console itself. */
export const ownTroubleKinds = ['consoleOffline', 'storeFailing', 'backupMissed', 'messageRefused', 'channelUnreachable', 'mediaFailing'] as const
export type OwnTroubleKind = (typeof ownTroubleKinds)[number]

export interface OwnTrouble extends Pick<Alarm, 'severity' | 'why'> {
  readonly kind: OwnTroubleKind
}

/**
 * The current troubles of this console. `store`: why data can't be stored; `backup`: why databases are not backed up; `network`: why nothing can be polled;
 * `refusals`: channels that refused a message or the drill; `unreached`: channels with waiting messages, `failure` null: paused for hours; `media`: why streams can't be read.
 */
export function ownTroublesOf(of: {
  readonly store: ConsoleTrouble | null
  readonly backup: ConsoleTrouble | null
  readonly network: Reason | null
  readonly unreached: readonly { readonly channel: string; readonly since: number; readonly failure: SendFailure | null }[]
  readonly media: PictureReason | null
  readonly refusals: readonly { readonly channel: string; readonly what: 'message' | 'drill'; readonly failure: SendFailure }[]
}): readonly OwnTrouble[] {
  const { store, backup, network, media, refusals, unreached } = of
  const [longest] = unreached.toSorted((a, b) => a.since - b.since)
  // A message counts first: somebody missed it.
  const [refused] = refusals.toSorted((a, b) => Number(a.what === 'drill') - Number(b.what === 'drill'))
  const alike = refusals.filter(({ what }) => what === refused?.what)
  return [
    ...(network === null ? [] : [{ kind: 'consoleOffline', severity: 'critical', why: network } as const]),
    ...[store, backup].flatMap((trouble) => (trouble === null ? [] : [{ ...alarmOfConsole(trouble), why: { kind: 'consoleTrouble', trouble } } as const])),
    ...(media === null || !isOfThisConsole(media) ? [] : [{ kind: 'mediaFailing', severity: 'major', why: { kind: 'mediaFailing', error: media } } as const]),
    ...(refused === undefined
      ? []
      : [
          {
            kind: 'messageRefused',
            severity: 'major',
            why: {
              kind: refused.what === 'drill' ? 'drillFailed' : 'messageRefused',
              channels: alike.map(({ channel }) => channel),
              failure: refused.failure,
            },
          } as const,
        ]),
    ...(longest === undefined
      ? []
      : [
          {
            kind: 'channelUnreachable',
            severity: 'major',
            why: unreachedWhy(
              unreached.map(({ channel }) => channel),
              longest,
            ),
          } as const,
        ]),
  ]
}

const unreachedWhy = (channels: string[], { since, failure }: { readonly since: number; readonly failure: SendFailure | null }): Reason =>
  failure === null ? { kind: 'channelPaused', channels, since } : { kind: 'channelUnreachable', channels, since, failure }

/** Whether no stream at all can be read, as opposed to the answer of one. A console without a media process is not supposed to read any. */
const isOfThisConsole = (error: PictureReason): error is Extract<PictureReason, { kind: 'noFfmpeg' | 'unavailable' }> =>
  error.kind === 'noFfmpeg' || (error.kind === 'unavailable' && error.because !== 'noProcess')
