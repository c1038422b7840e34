// A map: types come from servers, and "constructor" would be found in an object.
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

/** MediaMTX's word for a type in an operator's: `rtspSession` → RTSP. Unknown ones stay as they are. */
export const protocolWord = (type: string): string => protocolNames.get(type.toLowerCase().replace(/(session|conn|source|muxer)$/, '')) ?? type

/** Whether the server pulls it itself. */
export const isPulled = (sourceType: string | null): boolean => sourceType?.toLowerCase().endsWith('source') ?? false

interface Track {
  readonly codec: string
  readonly width?: number | null | undefined
  readonly height?: number | null | undefined
}
/** "H264 1920×1080, MPEG-4 Audio". */
export const mediaWords = (tracks: readonly Track[]): string =>
  tracks.map(({ codec, width, height }) => (width && height ? `${codec} ${width}×${height}` : codec)).join(', ')
