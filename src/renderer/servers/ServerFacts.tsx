import type { Server } from '../../shared/servers.ts'
import { formatDuration, formatFixed, formatMoment, formatNumber, formatValue } from '../../shared/units.ts'
import { t } from '../app/words.ts'
import { type Fact, Facts } from '../ui/Facts.tsx'
import { useNow } from '../ui/now.ts'
import { addressNames } from './serverForm.ts'

export function ServerFacts({ server }: { readonly server: Server }) {
  const now = useNow()
  const cost = costParts(server)
  const skew = skewSeconds(server.clockSkewMs)
  // Default ports of a server whose configuration was never read are a guess, not a fact.
  const described = isDescribed(server)
  const endpoints = server.addressesAssumed ? server.addressesGiven : server.addresses
  const rows: readonly Fact[] = [
    [t('common.address'), server.url, server.origin === 'yaml' ? t('settings.yaml') : null],
    [t('common.version'), server.version === null ? null : `MediaMTX ${server.version.replace(/^v/, '')}`],
    [
      t('server.uptime'),
      server.startedAt === null ? null : formatDuration((server.state === 'up' ? now : (server.lastAnswerAt ?? now)) - server.startedAt),
      server.startedAt === null
        ? null
        : server.state === 'up'
          ? t('common.sinceTime', { time: formatMoment(server.startedAt, 'minute') })
          : t('server.whenLastHeard'),
    ],
    [
      t('server.lastAnswer'),
      server.lastAnswerAt === null
        ? server.state === 'unknown'
          ? null
          : t('common.never')
        : t('common.ageAgo', { age: formatDuration(now - server.lastAnswerAt) }),
      server.nextTryAt !== null && server.nextTryAt > now ? t('server.nextTry', { time: formatDuration(server.nextTryAt - now) }) : null,
    ],
    [t('common.answerTime'), server.answerMs === null || server.state !== 'up' ? null : formatValue(server.answerMs, 'ms')],
    [
      t('common.clock'),
      skew === null
        ? null
        : skew === 0
          ? t('common.inStep')
          : t(skew > 0 ? 'common.timeAheadOfThisConsole' : 'common.timeBehindThisConsole', { time: formatDuration(Math.abs(skew) * 1000) }),
    ],
    [
      t('server.cost'),
      cost === null ? null : t('server.costWords', cost),
      [
        cost?.insteadOf ? t('server.spaced', { seconds: cost.insteadOf }) : null,
        cost?.authServer ? t('server.costToAuth', { server: cost.authServer.address, count: cost.authServer.requestsPerMinute }) : null,
      ]
        .filter((part) => part !== null)
        .join('; ') || null,
    ],
    [t('common.signIn2'), !described ? null : `${t(`serverForm.authKinds.${server.auth.kind}`)}${server.auth.user ? ` · ${server.auth.user}` : ''}`],
    [
      'TLS',
      !described
        ? null
        : server.url.startsWith('https:')
          ? server.fingerprint
            ? t('server.pinned', { start: server.fingerprint.slice(0, 17) })
            : t('server.systemTrust')
          : t('server.noTls'),
      server.certificate?.validTo == null ? null : t('server.validUntil', { time: formatMoment(server.certificate.validTo, 'minute') }),
    ],
    [t('server.off'), server.notEnabled.length === 0 ? null : server.notEnabled.join(', ')],
    [
      t('server.endpoints'),
      addressNames.flatMap((name) => (endpoints[name] ? [`${name} ${endpoints[name]}`] : [])).join('\n') ||
        (described && server.addressesAssumed ? t('serverState.unknown') : null),
      server.addressesAssumed || server.addressesFrom !== 'defaults' ? null : t('server.addressesByDefault'),
    ],
    [t('common.tags'), server.tags.join(', ') || null],
  ]
  return <Facts rows={rows} />
}

/** Percent of a core, rounded like an estimate: 0.4, 2.0, 0.02. */
export function percentText(percent: number): string {
  return percent < 0.1 ? formatFixed(Math.max(0.01, percent), 2) : formatFixed(percent, percent < 10 ? 1 : 0)
}

/** Parts of the sentence about the cost of polling a server; null before the first round. */
export function costParts(server: Pick<Server, 'cost'>) {
  const { cost } = server
  if (cost === null) return null
  return {
    percent: percentText(cost.cpuPercent),
    size: formatValue(cost.bytesPerRound, 'bytes'),
    seconds: secondsText(cost.effectiveIntervalSeconds),
    authServer: cost.authServer,
    /** Set if the interval was lengthened to reduce the cost. */
    insteadOf: cost.effectiveIntervalSeconds > cost.intervalSeconds * 1.01 ? secondsText(cost.intervalSeconds) : null,
  }
}
const secondsText = (seconds: number) => formatNumber(seconds, 1)

/** If history only has samples of a moment, there is no address: how and since when the server was polled is unknown. */
export function isDescribed({ url }: Pick<Server, 'url'>): boolean {
  return url !== ''
}

/** Clock skew in seconds; below two seconds there is no result, because the Date header has whole seconds. */
export function skewSeconds(clockSkewMs: number | null): number | null {
  return clockSkewMs === null ? null : Math.abs(clockSkewMs) < 2000 ? 0 : Math.round(clockSkewMs / 1000)
}
