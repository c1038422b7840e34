import { shownToCsv } from '../../shared/csv.ts'
import { isoOrNull } from '../../shared/time.ts'
import type { StreamRow } from '../app/fleetState.ts'
import type { TagsOf } from './streamFilter.ts'
import { codecWords } from './streamRow.ts'

/** The listed streams for a spreadsheet: plain units in the headings, unknown is empty. */
export const streamsCsv = (rows: readonly StreamRow[], tagsOf: TagsOf): string =>
  shownToCsv(
    [
      'state',
      'since',
      'name',
      'server',
      'tags',
      'source_type',
      'publisher',
      'tracks',
      'width',
      'height',
      'bitrate_in_bps',
      'bitrate_out_bps',
      'readers',
      'own_readers',
      'lost_last_minute',
      'rtt_ms',
      'up_since',
      'read_at',
    ],
    rows.map(({ facts, figures, serverName }) => [
      facts.state,
      isoOrNull(facts.stateSince),
      facts.path,
      serverName,
      tagsOf(facts.serverId).join(' '),
      facts.sourceType,
      facts.publisher,
      codecWords(facts.tracks),
      facts.width,
      facts.height,
      rounded(figures.bitrateInBps),
      rounded(figures.bitrateOutBps),
      figures.readers,
      figures.ownReaders,
      figures.lostLastMinute,
      figures.rttMs,
      isoOrNull(facts.upSince),
      isoOrNull(figures.readAt),
    ]),
  )
const rounded = (value: number | null) => (value === null ? null : Math.round(value))
