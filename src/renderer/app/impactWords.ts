import type { TFunction } from 'i18next'
import type { Trouble } from '../../shared/troubles.ts'

type Impact = Pick<Trouble, 'kind' | 'path' | 'streams' | 'readers'>
/** Who is hit by a trouble: the streams of a server, or the readers of a stream. */
export function impactWords({ kind, path, streams, readers }: Impact, t: TFunction): string {
  if (path === null) return streams === null ? t('overview.streamsNotKnown') : t('overview.serverHit', { count: streams })
  if (readers === null) return t('overview.readersUnknown')
  return t(kind === 'streamGone' ? 'overview.readersLost' : 'overview.readersHit', { count: readers })
}
