import { type Advice, where } from './sentences.ts'

const unreachable = {
  refused: '请检查端口（MediaMTX：9997）、MediaMTX 是否在运行，以及 mediamtx.yml 中是否有 “api: yes”。',
  noRoute: '请检查地址、网络以及中间的 VPN。',
  nameNotFound: '请检查拼写和本机的 DNS，或改用 IP 地址。',
  reset: '请在 http:// 与 https:// 之间换一种再试。若都没有应答，可能有代理或防火墙阻挡，或 MediaMTX 正在停止：请查看其日志。',
  connectTimeout: '防火墙可能丢弃了数据包：请开放从本机到对方的 TCP 端口 9997。',
}
const lookAround = '请检查该机器和网络。'

export const zhAdvice: Advice = {
  troubles: {
    serverDown: lookAround,
    serverHalted: lookAround,
    serverSilent: lookAround,
    streamGone: '请检查编码器或摄像机及其网络。',
    streamStalled: '推流端或其网络已卡住：请重启编码器。',
    slateOnAir: '请启动推流端。',
    onDemandFailed: '请检查摄像机是否应答；再次读取该流时会重试。',
    sourceFailing: '请检查 mediamtx.yml 中的源地址以及摄像机是否应答。',
    packetsLost: '请检查推流端与服务器之间的网络，以及当时服务器本身是否停顿；使用 SRT 时请增大延迟。',
  },
  serverErrors: {
    unreachable: ({ reason }) => unreachable[reason],
    timedOut: () => '服务器可能过载，或有其他程序在监听。请检查其负载和日志。',
    certificateUntrusted: ({ fingerprint }) => `请将其 SHA-256 指纹与服务器上的比较，然后固定它：${fingerprint}`,
    certificateExpired: ({ fingerprint }) => `请在服务器上更新证书。在此之前可以固定其指纹：${fingerprint}`,
    certificateWrongName: ({ fingerprint }) => `请使用证书中的某个名称作为地址，或固定其指纹：${fingerprint}`,
    fingerprintChanged: ({ actual, expected }) => `如果证书已更新，请固定新指纹：${actual}（已固定的是 ${expected}）。否则可能有人在中间拦截。`,
    notTls: () => '请使用 http:// 而不是 https://，或在 mediamtx.yml 中设置 apiEncryption: yes。',
    tlsRequired: () => '请使用 https:// 而不是 http://。',
    unauthorized: ({ credentialsGiven }) =>
      credentialsGiven
        ? '请更正凭据；如果该服务器写在配置文件中，请在那里更正：几秒内会恢复轮询。'
        : '请在 mediamtx.yml 的 authInternalUsers 中添加具有 “action: api” 权限的用户，并在此处填写。',
    forbidden: () => '请在 mediamtx.yml 中授予其 “action: api” 权限。',
    noApiHere: () => '请检查端口：API 监听 9997（8889 是 WebRTC，8888 是 HLS，9998 是指标）。',
    notMediaMtx: () => '请检查地址和端口；如经过代理，请检查其是否转发 /v3/。',
    badReply: () => '如果中间有代理，请直接访问服务器。否则请将 “mtxdeck diagnose” 的输出发给我们。',
    cutReply: () => '服务器或代理关闭了连接。如果持续如此，请查看它们的日志。',
    tooLarge: () => '这超过了 MediaMTX 的任何应答：请检查该地址上监听的是什么。',
    httpStatus: () => '请查看服务器的日志。',
    redirected: () => '请填写重定向后的地址，或绕过代理。',
    notEnabled: () => '如有需要，请在 mediamtx.yml 中启用。',
    secretMissing: () => '请使该用户可以读取，或重新输入凭据。',
    internal: () => '这是 mtxdeck 的错误，它会继续尝试。请将 “mtxdeck diagnose” 的输出发给我们。',
    overdue: () => '服务器应答很慢，或轮询意外中断：mtxdeck 将重新开始轮询。如果持续如此，请检查其负载。',
  },
  hostErrors: {
    noRoute: () => '请检查地址、网络和 VPN，以及中间的防火墙。',
    refused: () => '请检查端口，以及 sshd 是否在运行（“systemctl status ssh”）。',
    timeout: () => '主机可能已关机，或防火墙丢弃了发往该端口的数据：请在本机尝试 “ssh -v”。',
    nameNotFound: () => '请检查拼写，或改用地址。',
    notSsh: () => '请检查端口；SSH 通常在 22。',
    authRefused: ({ said }) => (said ? '' : '请检查用户名和凭据。'),
    keyUnusable: () => '',
    passphraseWrong: () => '请重新输入。',
    agentMissing: () => '请启动代理、让控制台获知 SSH_AUTH_SOCK，或改用密钥。',
    hostKeyUnknown: ({ said }) =>
      `请与主机上的密钥比较（“ssh-keygen -lf /etc/ssh/ssh_host_…_key.pub”），然后接受。未发送任何凭据。${where(said, (cause) => `（${cause}）`)}`,
    hostKeyChanged: ({ said }) =>
      `主机可能已重装，或有人在中间拦截：接受新密钥之前请询问其管理者。未发送任何凭据，在此之前不会重试。${where(said, (cause) => `（${cause}）`)}`,
    jumpFailed: () => '',
    shellMissing: () => '“sh” 必须存在并位于 PATH 中；无法读取 Windows 主机。',
    commandRefused: () => '请给该用户一个登录 shell，或按指南在 authorized_keys 中允许控制台的命令。',
    answerBroken: () => '可能有横幅或强制命令干扰：通过 SSH 执行的命令不得输出其他内容。',
    answerEndless: () => '请在 shell 启动文件或强制命令中查找输出的来源。',
    hung: () => '通常是该主机上的磁盘或网络文件系统卡住了。',
    closed: () => '',
    secretMissing: () => '请重新输入。',
    internal: () => '这是 mtxdeck 的错误，它会继续尝试：请将 “mtxdeck diagnose” 的输出发给我们。',
  },
}
