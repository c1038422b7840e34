import type { HostFailure } from '../../errors.ts'
import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import { where } from '../texts.ts'
import { type ErrorWords, limitSize, ownSentence } from './errorWords.ts'

const say = sayIn('zh')
const quotedWords = (said: HostFailure['said'], cause: string | null) => (said?.kind === 'quoted' ? `（“${cause}”）` : inBrackets(cause))
const seconds = (ms: number) => `${say.number(Math.round(ms / 100) / 10)} 秒`
const inBrackets = (text: string | null) => where(text, (words) => `（${words}）`)
const behindColon = (text: string | null) => where(text, (words) => `：${words}`)
const unreachable = {
  refused: '连接被拒绝：该地址没有服务在监听。',
  noRoute: '没有到该主机的路由。',
  nameNotFound: '找不到主机名。',
  reset: '连接在应答之前被关闭。',
  connectTimeout: '连接尝试没有应答。',
}
const unreachableTodo = (port: number) => ({
  refused: '请检查 MediaMTX 是否在运行，以及 mediamtx.yml 中是否有 “api: yes”，apiAddress 是否为此端口。',
  noRoute: '请检查地址、网络以及中间的 VPN。',
  nameNotFound: '请检查拼写和本机的 DNS，或改用 IP 地址。',
  reset: '请在 http:// 与 https:// 之间换一种再试。若都没有应答，可能有代理或防火墙阻挡，或 MediaMTX 正在停止：请查看其日志。',
  connectTimeout: `防火墙可能丢弃了数据包：请开放从本机到对方的 TCP 端口 ${port}。`,
})

export const zh: Rest<ErrorWords> = {
  server: {
    unreachable: ({ reason }) => unreachable[reason],
    timedOut: ({ limitMs }) => `连接正常，但 ${say.number(limitMs / 1000)} 秒内没有应答。`,
    certificateUntrusted: ({ subject }) => `证书（${subject || '无名称'}）不是由本系统信任的机构签发的。`,
    certificateWrongName: ({ names }) => `证书属于其他名称（${names || '无名称'}）。`,
    unauthorized: ({ credentialsGiven, tookBefore, authServer }) =>
      tookBefore
        ? authServer === undefined
          ? '服务器拒绝了它先前接受过的用户或密码。'
          : `服务器拒绝了它先前接受过的用户或密码。它通过 ${authServer} 验证凭据，后者可能不可用。`
        : credentialsGiven
          ? '服务器拒绝了该用户或密码。为避免被锁定，已停止轮询。'
          : '服务器要求用户名和密码。',
    notMediaMtx: ({ server, contentType }) => `应答的不是 MediaMTX API${where(server, (name) => `，而是 ${name}`)}（${contentType || '无内容类型'}）。`,
    badReply: (_, detail) => `无法读取应答：${detail}。`,
    tooLarge: ({ limitBytes }) => `应答大于 ${limitSize(limitBytes)}。`,
    httpStatus: ({ status, message }) => `服务器应答的状态为 ${status}${where(message, (words) => `：${words}`)}。`,
    redirected: ({ status, location, isSignIn }) =>
      isSignIn ? `服务器重定向（${status}）到登录页面 ${location}：其前方有需要登录的网关。` : `服务器重定向（${status}）到 ${location}。`,
    secretMissing: (_, detail) => `无法读取凭据：${detail}。`,
    overdue: ({ ageMs }) => `该服务器已有 ${Math.round(ageMs / 1000)} 秒没有完成轮询。`,
  },
  serverTodo: {
    badReply: ({ detail }) =>
      detail.kind === 'clientCertificateWanted'
        ? '请在服务器设置中输入正确的客户端证书及其私钥。'
        : '如果中间有代理，请直接访问服务器。否则请将 “mtxdeck diagnose” 的输出发给我们。',
    unreachable: ({ reason, port = 9997 }) => unreachableTodo(port)[reason],
    unauthorized: ({ credentialsGiven, tookBefore, authServer }) =>
      tookBefore
        ? authServer === undefined
          ? '如果凭据已更改，请填写新的凭据。mtxdeck 会自动重试：1 分钟、5 分钟后，之后每 15 分钟一次。'
          : `请检查 ${authServer} 是否正常、MediaMTX 能否访问它。mtxdeck 会自动重试，起初立即重试，之后每 15 分钟一次。`
        : credentialsGiven
          ? '请更正凭据；如果该服务器写在配置文件中，请在那里更正：几秒内会恢复轮询。'
          : '请在 mediamtx.yml 的 authInternalUsers 中添加具有 “action: api” 权限的用户，并在此处填写。',
    redirected: ({ isSignIn }) => (isSignIn ? '请在该网关中放行本控制台，例如按其地址：mtxdeck 无法在页面上登录。' : '请填写重定向后的地址，或绕过代理。'),
  },
  host: {
    noRoute: ({ target }, cause) => `没有到 ${target} 的路由${inBrackets(cause)}。`,
    timeout: ({ target }, cause) => `${target} 未及时应答${inBrackets(cause)}。`,
    notSsh: ({ target }, cause) => `${target} 上应答的不是可用的 SSH 服务器${behindColon(cause)}。`,
    authRefused: ({ target, user }, cause) => `${target} 拒绝${user === null ? '该用户' : ` ${user} `}登录${behindColon(cause)}。`,
    keyUnusable: (_, cause) => `无法使用该私钥：${cause ?? '类型未知'}。`,
    passphraseWrong: ({ said }, cause) => `${ownSentence(said, cause) ?? `私钥的密码短语错误${inBrackets(cause)}`}。`,
    agentMissing: (_, cause) => `无法访问 SSH 代理：${cause ?? '未设置 SSH_AUTH_SOCK'}。`,
    hostKeyUnknown: ({ target, keyType, fingerprint }) => `首次连接 ${target}。其密钥为 ${keyType ?? ''} ${fingerprint ?? ''}。`,
    hostKeyChanged: ({ target, keyType, fingerprint, knownFingerprint }) =>
      `${target} 的密钥已变更：${keyType ?? ''} ${fingerprint ?? ''}${where(knownFingerprint, (known) => `，已知密钥为 ${known}`)}。`,
    jumpFailed: ({ target }, cause) => `经由 ${target} 的连接失败${behindColon(cause)}。`,
    shellMissing: ({ target, user, said }, cause) =>
      `${target} 上没有供${user === null ? '该用户' : ` ${user} `}使用的 POSIX shell${quotedWords(said, cause)}。`,
    commandRefused: ({ target, user, said }, cause) => `${target} 不允许${user === null ? '该用户' : ` ${user} `}执行命令${quotedWords(said, cause)}。`,
    answerBroken: ({ target, said }, cause) => `无法读取 ${target} 的应答${quotedWords(said, cause)}。`,
    hung: ({ target }, cause) => `${target} 在应答中途停止${inBrackets(cause)}。`,
    closed: ({ target }, cause) => `与 ${target} 的连接已关闭${cause ? `：${cause}` : '（由对方关闭）'}。`,
    secretMissing: ({ said }, cause) => `${ownSentence(said, cause) ?? `缺少该主机的凭据${inBrackets(cause)}`}。`,
    internal: ({ target }, cause) => `本控制台读取 ${target} 时出错${inBrackets(cause)}。`,
  },
  hostTodo: {
    keyUnusable: () => '',
    jumpFailed: () => '',
    closed: () => '',
    authRefused: (_, cause) => (cause ? '' : '请检查用户名和凭据。'),
    passphraseWrong: (_, cause) => (cause ? '' : '请重新输入。'),
    hostKeyUnknown: (_, cause) =>
      `请与主机上的密钥比较（“ssh-keygen -lf /etc/ssh/ssh_host_…_key.pub”），然后接受。未发送任何凭据。${where(cause, (words) => `${words}。`)}`,
    hostKeyChanged: (_, cause) => `${cause ?? '主机可能已重装，或有人在中间拦截：接受新密钥之前请询问其管理者'}。未发送任何凭据，在此之前不会重试。`,
    secretMissing: (_, cause) => (cause ? '' : '请重新输入。'),
  },
  hostCauses: {
    noCommonAlgorithm: (_, because) => `它与控制台没有共同的加密算法${inBrackets(because)}。版本可能过旧`,
    protocolBroken: (_, because) => `它违反了 SSH 协议${inBrackets(because)}`,
    brokeOffSigningIn: (_, because) => (because === null ? '对方在登录期间断开' : `登录期间出错：${because}`),
    agentKeysRefused: ({ count }) =>
      `SSH 代理的${count === null ? '' : ` ${say.number(count)} 个`}密钥均未被接受。请将其中一个加入该用户的 ~/.ssh/authorized_keys`,
    noPasswords: ({ offered }) => `它不接受密码${where(offered, (methods) => `，只接受 ${methods}`)}。请使用密钥或代理`,
    noKeys: ({ offered }) => `它不接受密钥${where(offered, (methods) => `，只接受 ${methods}`)}。请使用密码`,
    secondCredential: ({ offered }) => `凭据正确，但还要求第二种凭据${inBrackets(offered)}，控制台无法提供`,
    nextUnreachable: ({ next, said }) => `从该处无法连接 ${next}（${said ?? '未说明原因'}）`,
    jumpBroke: (_, because) => `经由跳板机的连接中断${inBrackets(because)}`,
    fileUnreadable: ({ file, code }) => `无法读取 ${file}${inBrackets(code)}`,
    commandEndedAtOnce: ({ code }) => `命令立即结束，${code === null ? '退出码未知' : `退出码 ${code}`}`,
    answerIncomplete: ({ limitMs }) => `${seconds(limitMs)}内没有收到完整应答`,
    noReading: ({ limitMs }) => `${seconds(limitMs)}内没有数据`,
  },
}
