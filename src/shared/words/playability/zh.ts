import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import { joined, where } from '../texts.ts'
import type { PlayabilityWords } from './playabilityWords.ts'

const say = sayIn('zh')
const list = (codecs: readonly string[]) => codecs.join('、')

export const zh: Rest<PlayabilityWords> = {
  reasons: {
    noTrack: ({ codecs }) =>
      joined(
        `该协议不能传输它的任何轨道：${list(codecs)}。`,
        codecs.includes('MPEG-TS') &&
          'MPEG-TS 中画面和声音仍打包在一起：RTSP 播放器会自行解包。若通过 RTSP 推流，在路径上设置“rtspDemuxMpegts: yes”（自 1.17.0 起）可由服务器解包。',
      ),
    onlyData: ({ codecs }) => `它没有画面也没有声音，只有数据：${list(codecs)}。`,
    variantCannot: ({ codecs }) => `使用“hlsVariant: mpegts”时服务器只提供 H264 和 AAC；含有 ${list(codecs)} 时完全没有输出。`,
    leftOut: ({ codecs, since }) => joined(`缺少：${list(codecs)}。`, since !== null && `服务器自 ${since} 版起可传输。`),
    playerLacks: ({ codecs }) => `该播放器不能播放 ${list(codecs)}。`,
    someBrowsers: ({ codecs }) => `只有部分浏览器能播放 ${list(codecs)}。`,
    enhancedRtmp: ({ codecs }) => `${list(codecs)} 仅适用于支持 Enhanced RTMP 的播放器。`,
    mayHaveBFrames: ({ profile }) =>
      profile === null ? 'H264 的 profile 未知：如果含有 B 帧，WebRTC 不能传输。' : `profile 为 ${profile} 的 H264 可能含有 B 帧，WebRTC 不能传输。`,
    late: ({ seconds, lowLatency }) =>
      joined(seconds !== null && `有延迟：分段最长 ${say.number(seconds)} 秒。`, !lowLatency && '延迟数个分段：低延迟未启用。'),
    noSegment: ({ seconds }) => (seconds === null ? 'HLS 未及时产生分片：关键帧间隔可能很长。' : `HLS 起播慢：关键帧间隔为 ${say.number(seconds)} 秒或更长。`),
    readFails: ({ status, message }) => `服务器拒绝：${status}${where(message, (words) => `（${words}）`)}。`,
  },
}
