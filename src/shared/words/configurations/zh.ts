import type { ConfigurationWords } from './configurationWords.ts'

const names = (paths: readonly string[], count: number) => `${paths.join('、')}${count > paths.length ? ` 等 ${count} 个` : ''}`

const ofPaths = ({ paths, count }: { readonly paths: readonly string[]; readonly count: number }) => (count === 0 ? '' : `（${names(paths, count)}）`)

export const zh: ConfigurationWords = {
  what: {
    anyMayAdminister: () => '任何能访问该服务器的人无需密码即可使用其 API 或读取其指标。',
    anyMayPublish: () => '任何能访问该服务器的人无需密码即可向任意路径推流。',
    neverAsked: ({ setting, actions }) => `任何能访问该服务器的人无需密码即可执行以下操作，因为 ${setting} 列出了它们：${actions.join('、')}。`,
    anyMayWatch: () => '任何能访问该服务器的人无需密码即可观看所有流。',
    openOnMachine: ({ actions }) => `能登录该服务器所在主机的人无需密码即可使用以下接口（它们仅监听环回地址）：${actions.join('、')}。`,
    anyWebsite: ({ settings }) => `任何网站都可以通过打开它的人的浏览器访问该服务器：${settings.join('、')}。`,
    takeover: () => '第二个推流端会取代正在推流的一方（overridePublisher）。',
    noReaderLimit: () => '每个路径的读取端数量没有限制（maxReaders）。',
    recordingsKept: ({ paths, count }) => `录像从不删除：${names(paths, count)}。`,
    slateRecorded: ({ paths, count }) => `无人推流时仍在录制垫片：${names(paths, count)}。`,
    passwordsTold: () => '此版本的 API 会把内部用户的密码告诉任何可以使用它的人（1.20.1 之前）。',
    endedByRequest: () => '对此版本 API 的一次请求即可使服务器连同所有流一起终止（1.5 及之前）。',
    playbackOpen: () => '若仍用旧方式设置用户（readUser、publishUser），无需密码即可播放录像（1.21.2 之前）。',
    slowKeys: () => 'JWT 密钥地址应答缓慢时，任何人都无法登录（1.21.2 之前）。',
    forwardsRestarted: () => '移除一个转发目标会重启其后的目标（1.21.3 之前）。',
  },
  upgrades: {
    refused: ({ since, said, ...where }) => `自 ${since} 起无法启动${ofPaths(where)}：“${said}”。请在升级前修改。`,
    sourcesNeedPasswords: ({ since, ...where }) => `如果以下任一源地址只有用户名没有密码，或只有密码没有用户名，自 ${since} 起无法启动${ofPaths(where)}。`,
    namesRefused: ({ since, ...where }) => `名称中含有 A–Z、0–9、_ - . 和 / 以外的字符，自 ${since} 起会被拒绝${ofPaths(where)}。`,
    renamed: ({ setting, now, since, ...where }) => `${setting}${ofPaths(where)} 自 ${since} 起由 ${now.join('、')} 取代，目前仍可读取。`,
    goes: ({ setting, since, ...where }) => `${setting}${ofPaths(where)} 将被移除（自 ${since} 起预告）。`,
    noEffect: ({ setting, since, ...where }) => `${setting}${ofPaths(where)} 自 ${since} 起不再起作用。`,
    defaultChanged: ({ setting, since, before, after }) => `自 ${since} 起 ${setting} 的默认值由 ${before} 改为 ${after}，除非文件中另有设置。`,
    apiNeedsUser: ({ since }) => `自 ${since} 起只有服务器本机可以使用其 API，除非 authInternalUsers 中有用户获准：请给 mtxdeck 一个具有 api 操作权限的用户。`,
    apiAsksServer: ({ since }) => `自 ${since} 起，API、指标和 pprof 也要由认证服务器许可，除非 authHTTPExclude 列出了它们：请让它允许 mtxdeck。`,
    moqListens: ({ since }) => `自 ${since} 起 MoQ 会监听端口 8892（TCP 和 UDP）和 8893（UDP）；其中任一端口被占用时服务器无法启动。用 moq: no 可关闭。`,
    jwtQueryOff: ({ since }) => `自 ${since} 起拒绝 HTTP 地址中的令牌（?jwt=），除非 authJWTInHTTPQuery 设为 true。`,
    hlsViewersCounted: ({ since }) => `自 ${since} 起逐个列出 HLS 观众：读取端数量和输出码率会一下子上升。`,
  },
  todo: {
    anyMayAdminister: () => '把该权限只授予有密码的用户，或需要它的地址。',
    anyMayPublish: () => '为摄像机和编码器设置带密码的用户。',
    neverAsked: () => '从列表中移除，使其需要授权；移除前请先为 mtxdeck 授予自己的权限。',
    anyMayWatch: () => '公开的流无妨；否则请为观众设置带密码的用户。',
    openOnMachine: () => '如果只有可信人员登录该主机，且没有反向代理转发请求，则无需处理；否则请要求密码。',
    anyWebsite: () => '只列出需要的网站，或一个也不列。',
    takeover: () => '编码器会重连或互为备份时无妨；否则请关闭。',
    noReaderLimit: () => '设置服务器网络能够承受的上限。',
    recordingsKept: () => '设置删除期限，否则磁盘会写满。',
    slateRecorded: () => '仅在有人推流时录制。',
    passwordsTold: () => '升级服务器，并更改密码。',
    endedByRequest: () => '升级服务器；在此之前只允许本控制台访问其 API。',
    playbackOpen: () => '升级服务器，或改用 authInternalUsers。',
    slowKeys: () => '升级服务器。',
    forwardsRestarted: () => '升级服务器，或在没有播出时移除目标。',
  },
}
