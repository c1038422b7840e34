import type { HostFailure } from '../../errors.ts'
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

export const zh: ErrorWords = {
  server: {
    unreachable: ({ reason }) => unreachable[reason],
    timedOut: ({ limitMs }) => `连接正常，但 ${say.number(limitMs / 1000)} 秒内没有应答。`,
    certificateUntrusted: ({ subject }) => `证书（${subject || '无名称'}）不是由本系统信任的机构签发的。`,
    certificateExpired: ({ validTo }) => `证书已于 ${say.momentOf(validTo)} 过期。`,
    certificateWrongName: ({ names }) => `证书属于其他名称（${names || '无名称'}）。`,
    fingerprintChanged: () => '服务器出示的证书与固定的证书不同。',
    notTls: () => '服务器在该地址不使用 TLS。',
    tlsRequired: () => '服务器在该地址要求使用 TLS。',
    unauthorized: ({ credentialsGiven, tookBefore, authServer }) =>
      tookBefore
        ? authServer === undefined
          ? '服务器拒绝了它先前接受过的用户或密码。'
          : `服务器拒绝了它先前接受过的用户或密码。它通过 ${authServer} 验证凭据，后者可能不可用。`
        : credentialsGiven
          ? '服务器拒绝了该用户或密码。为避免被锁定，已停止轮询。'
          : '服务器要求用户名和密码。',
    forbidden: () => '该用户无权使用 API。',
    noApiHere: () => '有网页服务器应答，但此处没有 MediaMTX API（404）。',
    notMediaMtx: ({ server, contentType }) => `应答的不是 MediaMTX API${where(server, (name) => `，而是 ${name}`)}（${contentType || '无内容类型'}）。`,
    badReply: (_, detail) => `无法读取应答：${detail}。`,
    cutReply: ({ receivedBytes }) => `应答在 ${say.number(receivedBytes)} 字节后中断。`,
    tooLarge: ({ limitBytes }) => `应答大于 ${limitSize(limitBytes)}。`,
    httpStatus: ({ status, message }) => `服务器应答的状态为 ${status}${where(message, (words) => `：${words}`)}。`,
    redirected: ({ status, location, isSignIn }) =>
      isSignIn ? `服务器重定向（${status}）到登录页面 ${location}：其前方有需要登录的网关。` : `服务器重定向（${status}）到 ${location}。`,
    notEnabled: () => '服务器上未启用该协议。',
    secretMissing: (_, detail) => `无法读取凭据：${detail}。`,
    internal: ({ detail }) => `本控制台读取服务器应答时出错：${detail}。`,
    overdue: ({ ageMs }) => `该服务器已有 ${Math.round(ageMs / 1000)} 秒没有完成轮询。`,
  },
  serverTodo: {
    unreachable: ({ reason, port = 9997 }) => unreachableTodo(port)[reason],
    timedOut: () => '服务器可能过载，或有其他程序在监听。请检查其负载和日志。',
    certificateUntrusted: ({ fingerprint }) => `请将其 SHA-256 指纹与服务器上的比较，然后固定它：${fingerprint}`,
    certificateExpired: ({ fingerprint }) => `请在服务器上更新证书。在此之前可以固定其指纹：${fingerprint}`,
    certificateWrongName: ({ fingerprint }) => `请使用证书中的某个名称作为地址，或固定其指纹：${fingerprint}`,
    fingerprintChanged: ({ actual, expected }) => `如果证书已更新，请固定新指纹：${actual}（已固定的是 ${expected}）。否则可能有人在中间拦截。`,
    notTls: () => '请使用 http:// 而不是 https://，或在 mediamtx.yml 中设置 apiEncryption: yes。',
    tlsRequired: () => '请使用 https:// 而不是 http://。',
    unauthorized: ({ credentialsGiven, tookBefore, authServer }) =>
      tookBefore
        ? authServer === undefined
          ? '如果凭据已更改，请填写新的凭据。mtxdeck 会自动重试：1 分钟、5 分钟后，之后每 15 分钟一次。'
          : `请检查 ${authServer} 是否正常、MediaMTX 能否访问它。mtxdeck 会自动重试，起初立即重试，之后每 15 分钟一次。`
        : credentialsGiven
          ? '请更正凭据；如果该服务器写在配置文件中，请在那里更正：几秒内会恢复轮询。'
          : '请在 mediamtx.yml 的 authInternalUsers 中添加具有 “action: api” 权限的用户，并在此处填写。',
    forbidden: () => '请在 mediamtx.yml 中授予其 “action: api” 权限。',
    noApiHere: () => '请检查端口：API 监听 9997（8889 是 WebRTC，8888 是 HLS，9998 是指标）。',
    notMediaMtx: () => '请检查地址和端口；如经过代理，请检查其是否转发 /v3/。',
    badReply: () => '如果中间有代理，请直接访问服务器。否则请将 “mtxdeck diagnose” 的输出发给我们。',
    cutReply: () => '服务器或代理关闭了连接。如果持续如此，请查看它们的日志。',
    tooLarge: () => '这超过了 MediaMTX 的任何应答：请检查该地址上监听的是什么。',
    httpStatus: () => '请查看服务器的日志。',
    redirected: ({ isSignIn }) => (isSignIn ? '请在该网关中放行本控制台，例如按其地址：mtxdeck 无法在页面上登录。' : '请填写重定向后的地址，或绕过代理。'),
    notEnabled: () => '如有需要，请在 mediamtx.yml 中启用。',
    secretMissing: () => '请使该用户可以读取，或重新输入凭据。',
    internal: () => '这是 mtxdeck 的错误，它会继续尝试。请将 “mtxdeck diagnose” 的输出发给我们。',
    overdue: () => '服务器应答很慢，或轮询意外中断：mtxdeck 将重新开始轮询。如果持续如此，请检查其负载。',
  },
  serverDetails: {
    handshakeFailed: ({ code }) => `TLS 握手失败（${code}）`,
    noCertificate: () => '服务器未出示证书',
    httpBroken: () => 'HTTP 格式有误',
    jsonBroken: ({ at }) => `JSON 从第 ${say.number(at)} 字节起有误`,
    tooMuchWhiteSpace: ({ most }) => `同一处的空白超过 ${say.number(most)} 字节`,
    nestedTooDeep: ({ most }) => `嵌套超过 ${say.number(most)} 层`,
    tooManyValues: ({ most }) => `值超过 ${say.number(most)} 个`,
    notAnObject: () => '不是 JSON 对象',
    fieldMissing: ({ field }) => `缺少“${field}”`,
    fieldNotAnObject: ({ field }) => `${field} 不是对象`,
    fieldNotText: ({ field }) => `${field} 不是文本`,
    stateMissing: ({ field }) => `${field} 既没有“available”也没有“ready”`,
    tooManyPages: ({ most }) => `超过 ${say.number(most)} 页`,
    encryptedWithOtherKey: () => '保存的密码是用另一个密钥加密的',
    ofOtherAddress: () => '保存的凭据不会发送到其他地址',
  },
  host: {
    noRoute: ({ target }, cause) => `没有到 ${target} 的路由${inBrackets(cause)}。`,
    refused: ({ target }) => `${target} 拒绝了连接：该端口没有服务在监听。`,
    timeout: ({ target }, cause) => `${target} 未及时应答${inBrackets(cause)}。`,
    nameNotFound: ({ target }) => `${target} 中的名称无法解析。`,
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
    answerEndless: ({ target }) => `${target} 的应答没有结束，已被中断。`,
    hung: ({ target }, cause) => `${target} 在应答中途停止${inBrackets(cause)}。`,
    closed: ({ target }, cause) => `与 ${target} 的连接已关闭${cause ? `：${cause}` : '（由对方关闭）'}。`,
    secretMissing: ({ said }, cause) => `${ownSentence(said, cause) ?? `缺少该主机的凭据${inBrackets(cause)}`}。`,
    internal: ({ target }, cause) => `本控制台读取 ${target} 时出错${inBrackets(cause)}。`,
  },
  hostTodo: {
    noRoute: () => '请检查地址、网络和 VPN，以及中间的防火墙。',
    refused: () => '请检查端口，以及 sshd 是否在运行（“systemctl status ssh”）。',
    timeout: () => '主机可能已关机，或防火墙丢弃了发往该端口的数据：请在本机尝试 “ssh -v”。',
    nameNotFound: () => '请检查拼写，或改用地址。',
    notSsh: () => '请检查端口；SSH 通常在 22。',
    authRefused: (_, cause) => (cause ? '' : '请检查用户名和凭据。'),
    keyUnusable: () => '',
    passphraseWrong: (_, cause) => (cause ? '' : '请重新输入。'),
    agentMissing: () => '请启动代理、让控制台获知 SSH_AUTH_SOCK，或改用密钥。',
    hostKeyUnknown: (_, cause) =>
      `请与主机上的密钥比较（“ssh-keygen -lf /etc/ssh/ssh_host_…_key.pub”），然后接受。未发送任何凭据。${where(cause, (words) => `${words}。`)}`,
    hostKeyChanged: (_, cause) => `${cause ?? '主机可能已重装，或有人在中间拦截：接受新密钥之前请询问其管理者'}。未发送任何凭据，在此之前不会重试。`,
    jumpFailed: () => '',
    shellMissing: () => '“sh” 必须存在并位于 PATH 中；无法读取 Windows 主机。',
    commandRefused: () => '请给该用户一个登录 shell，或按指南在 authorized_keys 中允许控制台的命令。',
    answerBroken: () => '可能有横幅或强制命令干扰：通过 SSH 执行的命令不得输出其他内容。',
    answerEndless: () => '请在 shell 启动文件或强制命令中查找输出的来源。',
    hung: () => '通常是该主机上的磁盘或网络文件系统卡住了。',
    closed: () => '',
    secretMissing: (_, cause) => (cause ? '' : '请重新输入。'),
    internal: () => '这是 mtxdeck 的错误，它会继续尝试：请将 “mtxdeck diagnose” 的输出发给我们。',
  },
  hostCauses: {
    wentSilent: () => '对方不再应答',
    sendsTooMuch: () => '对方发送的数据超出请求',
    readsNothing: () => '对方不读取发给它的数据',
    renewsKeysTooOften: () => '对方反复要求更换密钥',
    noTcpConnection: () => '未能建立 TCP 连接',
    saidNothing: () => '已接受连接，但没有发送任何数据',
    hungUpAtOnce: () => '对方在表明身份之前就断开了。它可能过于繁忙，或屏蔽了本机地址（fail2ban、MaxStartups）',
    hungUpInHandshake: () => '对方在握手期间断开',
    slowInHandshake: () => '握手期间',
    otherGreeting: ({ text }) => `它返回 “${text}”`,
    noCommonAlgorithm: (_, because) => `它与控制台没有共同的加密算法${inBrackets(because)}。版本可能过旧`,
    protocolBroken: (_, because) => `它违反了 SSH 协议${inBrackets(because)}`,
    keyRevoked: () => '某个 known_hosts 文件标明该密钥已被吊销：可能有人窃取了它并在中间拦截',
    certificateAuthority: () => 'known_hosts 为其指定了证书颁发机构（@cert-authority）：此处不支持',
    brokeOffSigningIn: (_, because) => (because === null ? '对方在登录期间断开' : `登录期间出错：${because}`),
    slowSigningIn: () => '登录期间',
    notAnAgent: ({ socket }) => `${socket} 的应答不是 SSH 代理的应答`,
    agentSilent: () => 'SSH 代理没有应答',
    agentEmpty: () => 'SSH 代理中没有密钥。请用 “ssh-add” 添加',
    agentKeysRefused: ({ count }) =>
      `SSH 代理的${count === null ? '' : ` ${say.number(count)} 个`}密钥均未被接受。请将其中一个加入该用户的 ~/.ssh/authorized_keys`,
    keyRefused: ({ keyType, fingerprint }) =>
      `密钥 ${keyType} ${fingerprint} 未被接受。请将其公钥加入该用户的 ~/.ssh/authorized_keys，并确认只有该用户可以写入`,
    passwordRefused: () => '密码未被接受。请检查用户名和密码',
    passwordExpired: () => '密码已过期。请手动登录一次并修改密码',
    noPasswords: ({ offered }) => `它不接受密码${where(offered, (methods) => `，只接受 ${methods}`)}。请使用密钥或代理`,
    noKeys: ({ offered }) => `它不接受密钥${where(offered, (methods) => `，只接受 ${methods}`)}。请使用密码`,
    secondCredential: ({ offered }) => `凭据正确，但还要求第二种凭据${inBrackets(offered)}，控制台无法提供`,
    nextSilent: ({ next }) => `从该处连接 ${next} 未及时得到应答`,
    nextUnreachable: ({ next, said }) => `从该处无法连接 ${next}（${said ?? '未说明原因'}）`,
    forwardingRefused: ({ next }) => `它不转发到 ${next}（其配置中的 AllowTcpForwarding、PermitOpen 或 “restrict”）`,
    connectionEnded: () => '连接已断开',
    jumpBroke: (_, because) => `经由跳板机的连接中断${inBrackets(because)}`,
    passphraseMissing: () => '私钥已加密，但没有提供密码短语。请输入密码短语，或使用未加密的私钥',
    keyEmpty: () => '内容为空',
    keyDamaged: () => '已损坏。请重新复制整个文件，从 BEGIN 到 END',
    keyNotOpened: () => '无法打开',
    publicHalf: () => '这是密钥的公钥部分。请提供私钥：不带 “.pub” 的文件',
    certificate: () => '这是证书，不是私钥',
    notAPrivateKey: () => '这不是 OpenSSH 或 PEM 格式的私钥。可用 “ssh-keygen -p -f FILE” 重新写入',
    keyInToken: ({ keyType }) => `它保存在硬件令牌中（${keyType}）。请通过代理使用`,
    keyTypeNotOfSsh: ({ keyType }) => `其类型（${keyType}）不是 SSH 的密钥类型。请使用 Ed25519、ECDSA 或 RSA`,
    keyTypeUnsupported: ({ keyType }) => `不支持其类型（${keyType}）。请使用 Ed25519、ECDSA 或 RSA`,
    dsaKey: () => '其类型为 DSA，SSH 服务器已不再接受。请使用 Ed25519、ECDSA 或 RSA',
    noFile: ({ file }) => `本机上没有文件 ${file}`,
    fileForbidden: ({ file }) => `控制台无权读取 ${file}。请允许运行控制台的用户读取`,
    fileIsFolder: ({ file }) => `${file} 是文件夹`,
    fileTooLarge: ({ file }) => `${file} 过大，不可能是密钥`,
    fileUnreadable: ({ file, code }) => `无法读取 ${file}${inBrackets(code)}`,
    noKeyStored: () => '没有为该主机保存私钥。请重新提供',
    credentialUnreadable: () => '已保存的凭据无法再读取（加密密钥已更改）：请重新输入',
    credentialLeftBehind: () => '凭据没有随地址一起更改：请重新输入',
    noChannel: () => '未能打开通道',
    commandEnded: () => '命令已结束',
    commandEndedAtOnce: ({ code }) => `命令立即结束，${code === null ? '退出码未知' : `退出码 ${code}`}`,
    answerEndedEarly: () => '应答中途结束',
    answerIncomplete: ({ limitMs }) => `${seconds(limitMs)}内没有收到完整应答`,
    noReading: ({ limitMs }) => `${seconds(limitMs)}内没有数据`,
  },
}
