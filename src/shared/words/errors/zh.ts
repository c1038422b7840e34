import { sayIn } from '../say.ts'
import { where } from '../texts.ts'
import { type ErrorWords, megabytes } from './errorWords.ts'

const say = sayIn('zh')
const quotedWords = (said: string | null) => where(said, (words) => `（“${words}”）`)
const inBrackets = (text: string | null) => where(text, (words) => `（${words}）`)
const behindColon = (text: string | null) => where(text, (words) => `：${words}`)
const unreachable = {
  refused: '连接被拒绝：该地址没有服务在监听。',
  noRoute: '没有到该主机的路由。',
  nameNotFound: '找不到主机名。',
  reset: '连接在应答之前被关闭。',
  connectTimeout: '连接尝试没有应答。',
}
const unreachableTodo = {
  refused: '请检查端口（MediaMTX：9997）、MediaMTX 是否在运行，以及 mediamtx.yml 中是否有 “api: yes”。',
  noRoute: '请检查地址、网络以及中间的 VPN。',
  nameNotFound: '请检查拼写和本机的 DNS，或改用 IP 地址。',
  reset: '请在 http:// 与 https:// 之间换一种再试。若都没有应答，可能有代理或防火墙阻挡，或 MediaMTX 正在停止：请查看其日志。',
  connectTimeout: '防火墙可能丢弃了数据包：请开放从本机到对方的 TCP 端口 9997。',
}

export const zh: ErrorWords = {
  server: {
    unreachable: ({ reason }) => unreachable[reason],
    timedOut: ({ limitMs }) => `连接正常，但 ${say.number(limitMs / 1000)} 秒内没有应答。`,
    certificateUntrusted: ({ subject }) => `证书（${subject}）不是由本系统信任的机构签发的。`,
    certificateExpired: ({ validTo }) => `证书已于 ${say.momentOf(validTo)} 过期。`,
    certificateWrongName: ({ names }) => `证书属于其他名称（${names}）。`,
    fingerprintChanged: () => '服务器出示的证书与固定的证书不同。',
    notTls: () => '服务器在该地址不使用 TLS。',
    tlsRequired: () => '服务器在该地址要求使用 TLS。',
    unauthorized: ({ credentialsGiven }) => (credentialsGiven ? '服务器拒绝了该用户或密码。为避免被锁定，已停止轮询。' : '服务器要求用户名和密码。'),
    forbidden: () => '该用户无权使用 API。',
    noApiHere: () => '有网页服务器应答，但此处没有 MediaMTX API（404）。',
    notMediaMtx: ({ server, contentType }) => `应答的不是 MediaMTX API${where(server, (name) => `，而是 ${name}`)}（${contentType || '无内容类型'}）。`,
    badReply: ({ detail }) => `无法读取应答：${detail}。`,
    cutReply: ({ receivedBytes }) => `应答在 ${say.number(receivedBytes)} 字节后中断。`,
    tooLarge: ({ limitBytes }) => `应答大于 ${megabytes(limitBytes)} MB。`,
    httpStatus: ({ status, message }) => `服务器应答的状态为 ${status}${where(message, (words) => `：${words}`)}。`,
    redirected: ({ status, location }) => `服务器重定向（${status}）到 ${location}。`,
    notEnabled: () => '服务器上未启用该协议。',
    secretMissing: ({ detail }) => `无法读取凭据：${detail}。`,
    internal: ({ detail }) => `本控制台读取服务器应答时出错：${detail}。`,
    overdue: ({ ageMs }) => `该服务器已有 ${Math.round(ageMs / 1000)} 秒没有完成轮询。`,
  },
  serverTodo: {
    unreachable: ({ reason }) => unreachableTodo[reason],
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
  host: {
    noRoute: ({ target, said }) => `没有到 ${target} 的路由${inBrackets(said)}。`,
    refused: ({ target }) => `${target} 拒绝了连接：该端口没有服务在监听。`,
    timeout: ({ target, said }) => `${target} 未及时应答${inBrackets(said)}。`,
    nameNotFound: ({ target }) => `${target} 中的名称无法解析。`,
    notSsh: ({ target, said }) => `${target} 上应答的不是可用的 SSH 服务器${behindColon(said)}。`,
    authRefused: ({ target, user, said }) => `${target} 拒绝${user === null ? '该用户' : ` ${user} `}登录${behindColon(said)}。`,
    keyUnusable: ({ said }) => `无法使用该私钥：${said ?? '类型未知'}。`,
    passphraseWrong: ({ said }) => `私钥的密码短语错误${inBrackets(said)}。`,
    agentMissing: ({ said }) => `无法访问 SSH 代理：${said ?? '未设置 SSH_AUTH_SOCK'}。`,
    hostKeyUnknown: ({ target, keyType, fingerprint }) => `首次连接 ${target}。其密钥为 ${keyType ?? ''} ${fingerprint ?? ''}。`,
    hostKeyChanged: ({ target, keyType, fingerprint, knownFingerprint }) =>
      `${target} 的密钥已变更：${keyType ?? ''} ${fingerprint ?? ''}${where(knownFingerprint, (known) => `，已知密钥为 ${known}`)}。`,
    jumpFailed: ({ target, said }) => `经由 ${target} 的连接失败${behindColon(said)}。`,
    shellMissing: ({ target, user, said }) => `${target} 上没有供${user === null ? '该用户' : ` ${user} `}使用的 POSIX shell${quotedWords(said)}。`,
    commandRefused: ({ target, user, said }) => `${target} 不允许${user === null ? '该用户' : ` ${user} `}执行命令${quotedWords(said)}。`,
    answerBroken: ({ target, said }) => `无法读取 ${target} 的应答${quotedWords(said)}。`,
    answerEndless: ({ target }) => `${target} 的应答没有结束，已被中断。`,
    hung: ({ target, said }) => `${target} 在应答中途停止${inBrackets(said)}。`,
    closed: ({ target, said }) => `与 ${target} 的连接已关闭${said ? `：${said}` : '（由对方关闭）'}。`,
    secretMissing: ({ said }) => `缺少该主机的凭据${inBrackets(said)}。`,
    internal: ({ target, said }) => `本控制台读取 ${target} 时出错${inBrackets(said)}。`,
  },
  hostTodo: {
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
