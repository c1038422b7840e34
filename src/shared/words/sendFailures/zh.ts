import { isPassing } from '../../sendFailures.ts'
import type { Rest } from '../catalogue.ts'
import type { SendFailureWords } from './sendFailureWords.ts'

export const zh: Rest<SendFailureWords> = {
  certificate: ({ problem, code }) =>
    ({
      expired: `通知渠道的证书已过期（${code}）。请更新证书；在此之前消息将等待发送。`,
      otherName: `通知渠道的证书与其 URL 的名称不符（${code}）。请更正 URL 或证书；在此之前消息将等待发送。`,
      untrusted: `本机不信任通知渠道的证书（${code}）。请让本机信任其签发者；在此之前消息将等待发送。`,
    })[problem],
  status: ({ status }) =>
    isPassing(status) ? `通知渠道返回状态码 ${status}。消息将重新发送。` : `通知渠道拒绝了消息（状态码 ${status}）。请检查其 URL 和令牌。`,
  answer: ({ said, isPassing }) => (isPassing ? `通知渠道返回：${said}。消息将重新发送。` : `通知渠道拒绝了消息：${said}。`),
}
