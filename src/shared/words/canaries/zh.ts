import type { CanaryWords } from './canaryWords.ts'

export const zh: CanaryWords = {
  what: {
    protocolOff: (_, by) => `该服务器关闭了 ${by}，或其地址未知。`,
    badAddress: (_, by) => `${by} 的地址不是有效地址。`,
    credentialsUnfit: (_, by) => `用户名和密码（或令牌）对 ${by} 来说太长，或含有冒号。`,
    refused: (_, by) => `服务器不允许该用户通过 ${by} 推送金丝雀流。`,
    withheld: (_, by) => `该服务器的 ${by} 要求密码。密码不会发送：地址属于与 API 不同的主机，或者在 API 加密的情况下会以明文传输。`,
    notPublished: (_, by, because) => `无法通过 ${by} 推送金丝雀流。${because}`,
  },
  todo: {
    protocolOff: () => '请选择其他协议，或在 mediamtx.yml 中启用它，或在服务器设置中输入其地址。',
    badAddress: () => '请在服务器设置中更正。',
    credentialsUnfit: () => '请选择其他协议，或为 API 设置较短的密码。',
    refused: () => '请在 mediamtx.yml 中为金丝雀流的路径授予权限“action: publish”，并配置同名路径或 all_others。',
    withheld: () => '请选择其他协议，或启用其加密。',
    notPublished: () => '请检查 mediamtx.yml 中是否有同名路径或没有其他源的 all_others，该用户是否可在其上推流，以及端口是否可达。',
  },
}
