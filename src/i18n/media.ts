// A map, not an object: types come from servers, and an object also has "constructor".
const protocolNames: ReadonlyMap<string, string> = new Map(
  Object.entries({
    rtsp: 'RTSP',
    rtsps: 'RTSPS',
    rtmp: 'RTMP',
    rtmps: 'RTMPS',
    srt: 'SRT',
    webrtc: 'WebRTC',
    hls: 'HLS',
    moq: 'MoQ',
    mpegts: 'MPEG-TS',
    rtp: 'RTP',
    udp: 'UDP',
    rpicamera: 'Raspberry Pi',
  } as const),
)

/** Protocol name for a MediaMTX type: `rtspSession` → RTSP. Unknown ones stay as they are. */
export function protocolWord(type: string): string {
  return protocolNames.get(type.toLowerCase().replace(/(session|conn|source|muxer)$/, '')) ?? type
}

/** Whether the server pulls the source itself. */
export function isPulled(sourceType: string | null): boolean {
  return sourceType?.toLowerCase().endsWith('source') ?? false
}

interface Track {
  readonly codec: string
  readonly width?: number | null | undefined
  readonly height?: number | null | undefined
}
/** "H264 1920×1080, MPEG-4 Audio". */
export function mediaText(tracks: readonly Track[]): string {
  return tracks.map(({ codec, width, height }) => (width && height ? `${codec} ${width}×${height}` : codec)).join(', ')
}
