import type { ConfigurationWords } from './configurationWords.ts'

const names = (paths: readonly string[], count: number) => `${paths.join('、')}${count > paths.length ? ` 等 ${count} 个` : ''}`

export const zh: ConfigurationWords = {
  what: {
    anyMayAdminister: () => '任何能访问该服务器的人无需密码即可使用其 API 或读取其指标。',
    anyMayPublish: () => '任何能访问该服务器的人无需密码即可向任意路径推流。',
    anyMayWatch: () => '任何能访问该服务器的人无需密码即可观看所有流。',
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
  todo: {
    anyMayAdminister: () => '把该权限只授予有密码的用户，或需要它的地址。',
    anyMayPublish: () => '为摄像机和编码器设置带密码的用户。',
    anyMayWatch: () => '公开的流无妨；否则请为观众设置带密码的用户。',
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
