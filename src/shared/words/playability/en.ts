import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import { joined, where } from '../texts.ts'
import type { PlayabilityWords } from './playabilityWords.ts'

const say = sayIn('en')
const list = (codecs: readonly string[]) => codecs.join(', ')

export const en: Rest<PlayabilityWords> = {
  reasons: {
    noTrack: ({ codecs }) =>
      joined(
        `The protocol carries none of its tracks: ${list(codecs)}.`,
        codecs.includes('MPEG-TS') &&
          'MPEG-TS is picture and sound still packed as one: players of RTSP unpack it. If it is published by RTSP, the server does with "rtspDemuxMpegts: yes" on its path (from 1.17.0).',
      ),
    onlyData: ({ codecs }) => `It has neither picture nor sound, only data: ${list(codecs)}.`,
    variantCannot: ({ codecs }) => `With "hlsVariant: mpegts" the server gives H264 and AAC only, and nothing at all beside ${list(codecs)}.`,
    leftOut: ({ codecs, since }) => joined(`Left out: ${list(codecs)}.`, since !== null && `Carried since version ${since} of the server.`),
    playerLacks: ({ codecs }) => `This player does not play ${list(codecs)}.`,
    someBrowsers: ({ codecs }) => `Only some browsers play ${list(codecs)}.`,
    enhancedRtmp: ({ codecs }) => `${list(codecs)} is for players of Enhanced RTMP only.`,
    mayHaveBFrames: ({ profile }) =>
      profile === null
        ? 'Its H264 profile is not known: if it has B-frames, WebRTC does not carry it.'
        : `H264 of the profile ${profile} may have B-frames, which WebRTC does not carry.`,
    late: ({ seconds, lowLatency }) =>
      joined(seconds !== null && `Late: segments of up to ${say.number(seconds)} s.`, !lowLatency && 'Late by several segments: low latency is off.'),
    noSegment: ({ seconds }) =>
      seconds === null
        ? 'HLS had no segment in time: key frames are probably far apart.'
        : `HLS starts late: key frames are ${say.number(seconds)} s or more apart.`,
    readFails: ({ status, message }) => `The server refuses: ${status}${where(message, (words) => ` (${words})`)}.`,
  },
}
