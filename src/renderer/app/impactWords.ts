import type { TFunction } from 'i18next'
import type { Incident } from '../../shared/incidents.ts'
import type { Trouble } from '../../shared/troubles.ts'
import { streamsWords } from '../../shared/words/incidentText.ts'
import type { Language } from '../../shared/words/languages.ts'

type Impact = Pick<Trouble, 'kind' | 'path' | 'streams' | 'readers'>
/** Who is hit by a trouble: the streams of a server, or the readers of a stream. */
export function impactWords({ kind, path, streams, readers }: Impact, t: TFunction): string {
  if (path === null) return streams === null ? t('overview.streamsNotKnown') : t('overview.serverHit', { count: streams })
  if (readers === null) return t('overview.readersUnknown')
  return readersWords(kind === 'streamGone', readers, t)
}

const readersWords = (areLost: boolean, count: number, t: TFunction): string => t(areLost ? 'overview.readersLost' : 'overview.readersHit', { count })

/** Streams and readers that an incident hits. */
export function incidentHitWords({ kind, streams, readers }: Incident, t: TFunction, language: Language): string {
  if (streams === null) return t('overview.streamsNotKnown')
  if (readers === null) return t('overview.serverHit', { count: streams })
  return `${streamsWords(streams, language)} · ${readersWords(kind === 'streamGone', readers, t)}`
}
