import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import { joined, where } from '../texts.ts'
import type { PlayabilityWords } from './playabilityWords.ts'

const say = sayIn('ko')
const list = (codecs: readonly string[]) => codecs.join(', ')

export const ko: Rest<PlayabilityWords> = {
  reasons: {
    noTrack: ({ codecs }) =>
      joined(
        `이 프로토콜은 어느 트랙도 전송하지 못합니다: ${list(codecs)}.`,
        codecs.includes('MPEG-TS') &&
          'MPEG-TS에는 영상과 음성이 한데 묶여 있으며 RTSP 플레이어가 풉니다. RTSP로 송출되면 경로의 “rtspDemuxMpegts: yes”(1.17.0부터)로 서버도 풉니다.',
      ),
    onlyData: ({ codecs }) => `영상도 음성도 없고 데이터만 있습니다: ${list(codecs)}.`,
    variantCannot: ({ codecs }) => `"hlsVariant: mpegts"에서는 서버가 H264와 AAC만 내보내며, ${list(codecs)} 트랙이 있으면 아무것도 내보내지 않습니다.`,
    leftOut: ({ codecs, since }) => joined(`빠지는 트랙: ${list(codecs)}.`, since !== null && `서버 ${since} 버전부터 전송합니다.`),
    playerLacks: ({ codecs }) => `이 플레이어는 ${list(codecs)} 코덱을 재생하지 못합니다.`,
    someBrowsers: ({ codecs }) => `${list(codecs)} 코덱은 일부 브라우저에서만 재생됩니다.`,
    enhancedRtmp: ({ codecs }) => `${list(codecs)} 코덱은 Enhanced RTMP를 지원하는 플레이어에서만 재생됩니다.`,
    mayHaveBFrames: ({ profile }) =>
      profile === null
        ? 'H264 프로파일을 알 수 없습니다. B 프레임이 있으면 WebRTC로 전송되지 않습니다.'
        : `${profile} 프로파일의 H264에는 B 프레임이 있을 수 있으며, WebRTC는 이를 전송하지 않습니다.`,
    late: ({ seconds, lowLatency }) =>
      joined(seconds !== null && `지연됨: 세그먼트가 최대 ${say.number(seconds)}초입니다.`, !lowLatency && '저지연이 꺼져 있어 세그먼트 몇 개만큼 지연됩니다.'),
    noSegment: ({ seconds }) =>
      seconds === null
        ? 'HLS 세그먼트가 제때 나오지 않았습니다. 키프레임 간격이 긴 것 같습니다.'
        : `HLS가 늦게 시작됩니다. 키프레임 간격이 ${say.number(seconds)}초 이상입니다.`,
    readFails: ({ status, message }) => `서버가 거부합니다: ${status}${where(message, (words) => ` (${words})`)}.`,
  },
}
