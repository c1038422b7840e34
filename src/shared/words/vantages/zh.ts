import type { VantageWords } from './vantageWords.ts'

export const zh: VantageWords = {
  what: {
    tokenRefused: () => '它拒绝了令牌。',
    notMtxdeck: ({ status }) => `那里的应答（状态 ${status}）不是能报告所见的 mtxdeck。`,
    unreadable: () => '它的应答无法读取。',
    sameAnswer: () => '它反复给出同一个应答。',
    secretUnreadable: () => '它的令牌无法解密。',
    itself: () => '这是本控制台的地址。',
  },
  todo: {
    tokenRefused: () => '请输入其登录令牌，或其 probesTokenFile 的令牌。每五分钟重试一次。',
    notMtxdeck: () => '检查地址和端口（默认 8787）；较旧的 mtxdeck 需要升级。',
    unreadable: () => '升级两个控制台中较旧的一个。',
    sameAnswer: () => '检查两个控制台之间是否有缓存应答的代理：它必须转发每个请求。',
    secretUnreadable: () => '请重新输入令牌。',
    itself: () => '第二观测点是位于别处的 mtxdeck。',
  },
  reach: '检查其地址和端口、是否在运行、是否对外监听（listen），以及两地之间的网络。',
}
