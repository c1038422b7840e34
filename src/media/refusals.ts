import type { MediaError } from '../shared/media.ts'
import type { SourceAddress } from './sourceAddress.ts'

/** FFmpeg's words for what it was told when it opened a stream, by which protocols that have no status of their own are understood. */
const ended = 'Input/output error'
const status = 'Operation not permitted'

/**
 * What a server that ended the opening of a stream meant. By SRT FFmpeg gives no reject reason, and MediaMTX has the same one for all; by RTMP it closes the
 * connection, or says by a status that it plays nothing to this user. A server that is not there gives no such answer.
 */
export function refusalOf({ scheme, parameters }: Pick<SourceAddress, 'scheme' | 'parameters'>, error: MediaError): MediaError {
  if (error.kind !== 'unreachable' || error.doing !== 'opening') return error
  if (scheme === 'srt' && parameters.mode !== 'listener' && error.said === ended) return { kind: 'refused' }
  if (scheme !== 'rtmp' && scheme !== 'rtmps') return error
  return error.said === status ? { kind: 'unauthorized' } : error.said === ended ? { kind: 'refused' } : error
}
