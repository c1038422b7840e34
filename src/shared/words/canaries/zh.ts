import type { Rest } from '../catalogue.ts'
import type { CanaryWords } from './canaryWords.ts'

export const zh: Rest<CanaryWords> = {
  what: {
    protocolOff: (_, by) => `该服务器关闭了 ${by}，或其地址未知。`,
    sameDoor: (_, by) => `该服务器的 ${by} 地址与另一台受监控服务器相同，无法确定属于哪一台。`,
    badAddress: (_, by) => `${by} 的地址不是有效地址。`,
    credentialsUnfit: (_, by) => `用户名和密码（或令牌）对 ${by} 来说太长，或含有冒号。`,
    refused: (_, by) => `服务器不允许该用户通过 ${by} 推送金丝雀流。`,
    withheld: (_, by) => `该服务器的 ${by} 要求密码。密码不会发送：地址属于与 API 不同的主机，或者在 API 加密的情况下会以明文传输。`,
    notPublished: (_, by, because) => `无法通过 ${by} 推送金丝雀流。${because}`,
  },
}
