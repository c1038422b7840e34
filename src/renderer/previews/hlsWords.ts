/** What of an hls.js error decides its words. Kept apart from hls.js so that it is tested without a browser. */
export interface HlsFailure {
  /** `networkError`, `mediaError`, … */
  readonly type: string
  /** `manifestLoadError`, `bufferAddCodecError`, … */
  readonly details: string
  readonly fatal: boolean
  readonly status: number | null
  /** Text that the relay sent with the status, if any. */
  readonly text: string | null
}

/** Why no picture comes and what it means, in words; `retry`: the same address may work later. */
export interface FailureWords {
  readonly words: string
  readonly retry: boolean
}

const mediaDetails = new Set([
  'bufferAddCodecError',
  'bufferIncompatibleCodecsError',
  'manifestIncompatibleCodecsError',
  'fragParsingError',
  'bufferAppendError',
  'bufferAppendingError',
])

/** Puts a fatal error of the player into words for the tile. */
export function hlsFailureWords(failure: HlsFailure): FailureWords {
  if (failure.text && failure.status !== null && failure.status >= 400 && /^[^<{]{4,160}$/.test(failure.text.trim()))
    return { words: failure.text.trim(), retry: failure.status !== 401 && failure.status !== 403 && failure.status !== 410 }
  if (mediaDetails.has(failure.details) || failure.type === 'mediaError') return { words: 'This browser cannot decode the stream.', retry: false }
  switch (failure.status) {
    case 401:
    case 403:
      return { words: 'The server refuses HLS to this user. Give it the permission "action: read".', retry: false }
    case 404:
      return { words: 'No HLS here (404): the stream left, or HLS is not enabled for it.', retry: true }
    case 410:
      return { words: 'This picture was closed.', retry: false }
    case 502:
    case 503:
    case 504:
      return { words: 'The server does not answer.', retry: true }
    default:
      break
  }
  if (failure.details.toLowerCase().includes('timeout')) return { words: 'No picture within the time limit.', retry: true }
  if (failure.type === 'networkError') return { words: 'The picture stopped: the network or the server broke off.', retry: true }
  return { words: 'The picture cannot be played.', retry: false }
}
