import type { RefusalWords } from './refusalWords.ts'

const because = {
  full: '控制台的磁盘已满，未保存任何内容。请腾出空间后重试。',
  notWritable: '控制台的数据文件夹无法写入，未保存任何内容。详情见其日志。',
  busy: '其他程序占用了控制台的数据库，未保存任何内容。请重试。',
}

export const zh: RefusalWords = {
  noSuchServer: () => '没有这个服务器。',
  noSuchHost: () => '没有这个主机。',
  noSuchStream: () => '没有这个流。',
  nothingKept: () => '该时段没有保留任何数据。',
  serverFromFile: () => '该服务器来自配置文件：请在文件中更改。',
  hostFromFile: () => '该主机来自配置文件：请在文件中更改。',
  serverNameTaken: () => '已有其他服务器使用该名称。',
  hostNameTaken: () => '已有其他主机使用该名称。',
  secretsUnavailable: () => '本系统无法保存凭据。',
  otherKey: () => '主机现在出示的是另一个密钥：请重新比较。',
  bundleReadOnly: () => '本控制台显示的是数据包：其中的内容无法更改。',
  notSignedIn: () => '请先登录：使用 “Authorization: Bearer <令牌>”，或在浏览器中输入令牌。',
  wrongToken: () => '这不是本控制台的令牌。',
  tooManyTries: () => '来自该地址的错误令牌过多。请几秒后重试。',
  foreignHost: () => '控制台不认识该名称。请使用其 IP 地址，或在配置中将该名称写为 publicUrl。',
  foreignOrigin: () => '该请求来自其他来源的页面。',
  lengthMissing: () => '发送正文时请带上 Content-Length。',
  bodyTooLarge: () => '正文过大。',
  noSuchRoute: () => '没有这个路由；/api/openapi.json 列出了全部路由。',
  noSuchSocket: () => '此处没有 WebSocket。',
  noSuchPage: () => '没有这个页面。',
  notBuilt: () => '控制台尚未构建：请运行“npm run build”。',
  tooManyConsoles: () => '连接的控制台过多。',
  consoleFailed: () => '控制台未能应答；原因见其日志。',
  notAllowed: ({ name, needs, has }) => `此操作需要 “${needs}” 权限；${name} ${has === null ? '没有任何权限' : `的权限为 “${has}”`}。请联系本控制台的管理员。`,
  notStored: (facts) => because[facts.because],
  notAccepted: (mistakes, more) => `未接受。${mistakes}${more > 0 ? `（另有 ${more} 处）` : ''}`,
  hostNotAsked: (name) => `${name} 目前未被监视。`,
  toolUnusable: (problem) => `未保存。${problem}`,
}
