import { mediaSchemes } from '../../media.ts'
import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import { addressExamples, doorNames, type PictureWords } from './pictureWords.ts'

const say = sayIn('zh')
const steps = { opening: '打开', inspecting: '分析', reading: '读取', decoding: '解码', publishing: '推流' }
const address = {
  characters: '包含空格或地址中不允许的字符',
  notAnAddress: '不是地址',
  scheme: `协议不是 ${mediaSchemes.join('、')} 之一`,
  notInFull: '地址不完整',
  noHost: '没有主机名',
  parameters: '包含不属于读取端的参数',
  notCaller: 'SRT 只能以 caller 模式读取',
  awaitsCaller: '由发送端呼叫本控制台，关闭会中断发送端：只能持续读取',
  linkLocal: '指向链路本地地址',
  leadsInside: '通过重定向或播放列表指向内部网络或本机',
  otherForm: '请求的格式不同',
}
const unavailable = {
  noProcess: '本控制台没有运行媒体进程',
  keepsEnding: '媒体进程反复退出，原因见其日志',
  onlyNodeAv: '无法加载 node-av，且不允许使用其他程序',
  needsNodeAv: '此处无法加载 node-av，而推流只能靠它',
}
const undecodable = {
  notMedia: '不是媒体数据',
  noDecoder: '没有对应的解码器',
  endedEarly: '在第一帧画面之前就结束了',
  noWholePicture: '没有收到完整的画面',
  playlistTooLarge: '其播放列表过大，或列出的其他列表过多',
  webPage: '返回的是网页，例如登录页面',
}
const permission = '请在 mediamtx.yml 中授予其 “action: read” 权限。'

export const zh: Rest<PictureWords> = {
  reasons: {
    readRefused: () => `服务器不允许该用户读取此流。${permission}`,
    otherMethod: ({ methods }) => `此处只接受 ${methods.join('、')}。`,
    webrtcCodecs: ({ codecs }) => `WebRTC 无法传输 ${codecs.join('、')}。`,
    iceLoopbackOnly: ({ addresses }) =>
      `服务器为 WebRTC 媒体只提供了它本机的地址（${addresses.join('、')}），此处无法到达。请在 mediamtx.yml 的 “webrtcAdditionalHosts” 中加入此处可达的地址。`,
    icePrivateOnly: ({ addresses }) =>
      `服务器为 WebRTC 媒体只提供了私有地址（${addresses.join('、')}），从此处没有通路，也没有提供 TURN 服务器。请在 mediamtx.yml 的 “webrtcAdditionalHosts” 中加入其公网地址，或在 “webrtcICEServers2” 中加入 TURN 服务器。`,
    iceNamesOnly: ({ addresses }) =>
      `服务器为 WebRTC 媒体只提供了仅在其自身网络内可解析的名称（${addresses.join('、')}）。请在 mediamtx.yml 的 “webrtcAdditionalHosts” 中加入此处可达的地址。`,
    iceBlocked: ({ addresses, tcp, relay }) =>
      `服务器为 WebRTC 媒体提供的 ${addresses.join('、')} 对此处没有应答。${relay ? '请在途经的防火墙中放行这些端口，并检查 TURN 服务器是否正常。' : tcp ? '请在途经的防火墙中放行这些端口的 UDP 和 TCP。' : '请在途经的防火墙中放行该 UDP 端口，或让服务器同时提供 TCP：mediamtx.yml 中的 “webrtcLocalTCPAddress: :8189”。'}`,
    rtspReadRefused: () => `服务器不允许该用户通过 RTSP 读取此流。${permission}`,
    codecUnsupported: ({ codecs }) => `HLS 不支持 ${codecs.join('、')}。`,
    badAddress: ({ of, address }) => `“${address}” 不是 ${doorNames[of]} 地址：请写成 ${addressExamples[of]} 的形式。`,
    refusedAddress: ({ because }) => `不会打开此地址：${address[because]}。`,
    timedOut: ({ limitMs }) => `${say.number(limitMs / 1000)} 秒内没有画面。`,
    undecodable: ({ because }) => `无法解码该流：${undecodable[because]}。`,
    unavailable: ({ because }) => `此处无法生成画面：${unavailable[because]}。`,
  },
  unreachable: (doing, said) => `无法读取该流：${steps[doing]}时 FFmpeg 报告 “${said}”。`,
  unread: (fault) => `无法读取该流：${fault}。`,
  noFfmpeg: (problem, install) => `此处无法生成画面。${problem}请安装 FFmpeg（${install}），或在“设置 › 画面”中指定。`,
  tools: {
    lacks: ({ path }, part) => `“${path}” 编译时未包含${part}。`,
  },
}
